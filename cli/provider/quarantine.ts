import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { isHashHex } from '../../protocol';
import { openState, type QuarantinedModel } from '../../provider';
import { type ConfigFlags, configFrom } from '../config';
import { action, type CommandContext, formatTime } from '../terminal';
import type { Verb } from './session';
import { setupFor, stateFolder } from './setup';

interface Flags extends ConfigFlags {
    readonly lift?: string;
}

export const quarantineVerb: Verb = (program, context) => {
    program
        .command('quarantine')
        .summary('models that are left alone because they kept crashing')
        .description(
            'A model whose processes crash or are killed again and again is not bid for any more, ' +
                'for an hour at first. Reads the books of a node that does not run; a running one ' +
                'tells it under /status of its admin port, and in its log.',
        )
        .option('--lift <model>', 'bid for a model again: its hash, or "all"', modelArgument)
        .action(action<Flags>((flags) => quarantine(context, flags)));
};

function modelArgument(text: string): string {
    if (text === 'all' || isHashHex(text)) return text;
    throw new InvalidArgumentError('It is the hash of a model, or "all".');
}

/** @throws StateInUseError where the node runs */
async function quarantine(context: CommandContext, flags: Flags): Promise<void> {
    const config = configFrom(flags, context.env);
    const setup = await setupFor(config);
    const folder = stateFolder(config.home, setup.stake);
    const { lift } = flags;
    if (!existsSync(folder)) return tell(context, [], []);
    const state = await openState({ folder, stake: setup.stake, market: setup.market });
    try {
        const before = state.quarantine.all();
        const lifted = before.filter(({ model }) => lift === 'all' || lift === model);
        for (const { model } of lifted) state.quarantine.lift(model);
        tell(context, state.quarantine.all(), lifted);
    } finally {
        await state.close();
    }
}

function tell(
    { terminal }: CommandContext,
    models: readonly QuarantinedModel[],
    lifted: readonly QuarantinedModel[],
): void {
    const lines = [
        ...lifted.map(({ model }) => `${model} is bid for again.`),
        ...models.map(
            ({ model, until, reason }) =>
                `${model} is left alone until ${formatTime(until / 1000)}. ${reason}`,
        ),
    ];
    const text = lines.length === 0 ? 'No model is quarantined.' : lines.join('\n');
    terminal.result({ models, lifted: lifted.map(({ model }) => model) }, text);
}
