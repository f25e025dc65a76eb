import { type Check, ok, warning } from './check';

/** One thing that keeps a child which runs a stranger's model from the rest of the machine. */
export type Protection = {
    readonly name: string;
    /** What it keeps a child from. */
    readonly purpose: string;
} & (
    | { readonly active: true; readonly means: string }
    | { readonly active: false; readonly why: string; readonly mend: string | undefined }
);

export interface IsolationReport {
    readonly level: string;
    readonly protections: readonly Protection[];
}

/** What the runtime gives its children on every system. */
export function runtimeIsolation(): IsolationReport {
    const active = (name: string, purpose: string, means: string): Protection => ({
        name,
        purpose,
        active: true,
        means,
    });
    const missing = (name: string, purpose: string): Protection => ({
        name,
        purpose,
        active: false,
        why: 'The runtime does not have it.',
        mend: 'Run the node as a user of its own, in a container or with the service file of docs/owners.md.',
    });
    return {
        level: 'none',
        protections: [
            active(
                'memory',
                'A model takes no more memory than its job allows.',
                'the parent process',
            ),
            active('wall-time', 'A model cannot hang.', 'the parent process'),
            active(
                'environment',
                'A model sees no variable of the environment.',
                'the parent process',
            ),
            active('working-folder', 'A model works in an empty folder.', 'the parent process'),
            missing('network', 'A model cannot send or receive anything.'),
            missing('file-system', 'A model reads only what it needs, and writes nothing else.'),
        ],
    };
}

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
