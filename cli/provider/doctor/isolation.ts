import type { IsolationReport } from '../../../runtime';
import { type Check, ok, warning } from './check';

/** One line for all that is there, and one for each thing that is not. */
export function isolationChecks({ level, protections }: IsolationReport): Check[] {
    const there = protections.filter(({ active }) => active);
    const names = there.map(({ name }) => name).join(', ');
    const first = ok('isolation', `Level ${level}: ${names || 'nothing'} of a model are limited.`);
    const missing = protections.flatMap((one) =>
        one.active
            ? []
            : [warning('isolation', `Missing: ${one.name}. ${one.purpose} ${one.why}`, one.mend)],
    );
    return [first, ...missing];
}
