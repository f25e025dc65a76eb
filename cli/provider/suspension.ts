import { MODE_SENTENCES } from '../../provider';
import { formatDuration, type Paint } from '../terminal';
import type { GovernorFacts } from './node-status';

/** Why the preferences of its owner suspend a node; nothing where they do not. */
export function suspensionLines(paint: Paint, governor: GovernorFacts | undefined): string[] {
    if (governor === undefined) return [];
    const { suspensions, since, mode, duties } = governor;
    if (suspensions.length === 0) {
        return mode === 'hurried' ? [`  ${MODE_SENTENCES.hurried}`] : [];
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
            (still
                ? duties === 0
                    ? 'Nothing was begun.'
                    : MODE_SENTENCES[mode]
                : MODE_SENTENCES.wished),
    ];
}
