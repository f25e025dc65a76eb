import { choicesOf, type ConfigFlags, saveSettings } from '../config';
import { action, type CommandContext } from '../terminal';
import { publicUrl } from './public-url';
import { nodeKeyOf, openSession, type Verb } from './session';
import { tellStake } from './stake-message';

interface Flags extends ConfigFlags {
    readonly publicUrl?: string;
    readonly wait: boolean;
}

export const publishVerb: Verb = (program, context) => {
    program
        .command('publish')
        .summary('write the public URL and the node key of this machine into the stake')
        .description(
            'After this the stake obeys the node key of this machine and no other, and clients look ' +
                'for the node under its public URL.',
        )
        .option('--public-url <url>', 'how clients reach this machine')
        .option('--no-wait', 'do not wait for a wallet elsewhere')
        .action(action<Flags>((flags) => publish(context, flags)));
};

async function publish(context: CommandContext, flags: Flags): Promise<void> {
    const extra = { 'provider.http.publicUrl': flags.publicUrl };
    const session = await openSession(context, flags, extra);
    const { config, setup, stake } = session;
    const endpoint = publicUrl(config, setup.nodeKey);
    const view = await session.view();
    const choices = choicesOf(extra, config.network.name);
    const json = { endpoint, nodeKey: setup.nodeKey };
    const text = `The stake names ${endpoint} and the node key ${setup.nodeKey}.`;
    if (nodeKeyOf(view) === setup.nodeKey && (await stake.getEndpointUrl()) === endpoint) {
        return context.terminal.result(json, text);
    }
    const after = await tellStake(
        session,
        {
            says: `name ${endpoint} as its node`,
            send: (via, value) =>
                stake.sendSetNode(via, value, {
                    nodeKey: Buffer.from(setup.nodeKey, 'hex'),
                    endpoint,
                }),
        },
        !flags.wait,
    );
    // The next start has to look for the same URL.
    if (flags.publicUrl !== undefined) await saveSettings(config.home, choices);
    if (after !== undefined) context.terminal.result(json, text);
}
