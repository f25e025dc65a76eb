import { formatDuration, type Paint } from '../terminal';
import type { GovernorFacts } from './node-status';

/** What becomes of jobs that were won, in each mode of a node. */
const MODES: Readonly<Record<GovernorFacts['mode'], string>> = {
    wished: 'What was begun goes on.',
    paused: 'Computing stands still.',
    owed: 'What was begun goes on, because its deadline does not wait.',
    hurried: 'What was begun goes on with all cores, because it would be late otherwise.',
};

/** Why the preferences of its owner suspend a node; nothing where they do not. */
export function suspensionLines(paint: Paint, governor: GovernorFacts | undefined): string[] {
    if (governor === undefined) return [];
    const { suspensions, since, mode, duties } = governor;
    if (suspensions.length === 0) {
        return mode === 'hurried' ? [`  ${MODES.hurried}`] : [];
    }
    const length = formatDuration(Math.max(0, Date.now() - since));
    const still = suspensions.some(({ scope }) => scope === 'all');
    return [
        ...suspensions.flatMap(({ detail, hint }, at) => [
            paint(
                'yellow',
                `  ${at === 0 ? 'Suspended because:' : '              and:'} ${detail}`,
            ),
            `    ${hint}`,
        ]),
        `  Since ${length}: no new jobs. ` +
            (still ? (duties === 0 ? 'Nothing was begun.' : MODES[mode]) : MODES.wished),
    ];
}
