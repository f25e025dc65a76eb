import type { ConfigFlags } from '../config';
import { configFrom } from '../config';
import { action, type CommandContext } from '../terminal';
import { pageToken } from './page-token';
import type { Command, Verb } from './session';
import { setupFor } from './setup';

interface Flags extends ConfigFlags {
    readonly newToken?: boolean;
}

const TIMEOUT_MS = 2_000;

export const pageVerb: Verb = (program, context, command) => {
    program
        .command('page')
        .summary('the link to your page of the node')
        .description(
            'Prints the link of the page on which you see what the node does, earns and why not, and ' +
                'change your preferences. It opens on this machine alone, and whoever has the link may ' +
                'do all that the page does: no money moves by it.',
        )
        .option('--new-token', 'make another link: the old one, and who came by it, is shut out')
        .addHelpText(
            'after',
            '\nFrom elsewhere, over SSH:\n' +
                `  $ ssh you@the-machine ${command} page\n` +
                '  $ ssh -N -L 8042:127.0.0.1:8042 you@the-machine',
        )
        .action(action<Flags>((flags) => page(context, flags, command)));
};

async function page(context: CommandContext, flags: Flags, command: Command): Promise<void> {
    const { terminal, env } = context;
    const config = configFrom(flags, env);
    await setupFor(config);
    const { home, provider } = config;
    const token = await pageToken(home, flags.newToken === true);
    const at = `http://127.0.0.1:${provider.http.adminPort}/`;
    const runs = await answers(at);
    if (!runs) {
        terminal.note(`No node answers there. "${command} start" starts it.`);
    }
    const url = `${at}#token=${token}`;
    terminal.result({ url, running: runs }, url);
}

/** Whether a node with a page listens there. */
async function answers(url: string): Promise<boolean> {
    try {
        const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        return response.ok;
    } catch {
        return false;
    }
}
