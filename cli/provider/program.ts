import { Command } from 'commander';
import { version } from '../../package.json';
import { configFlags } from '../config';
import type { CommandContext } from '../terminal';
import { backupVerb } from './backup';
import { initVerb } from './init';
import { pauseVerb, resumeVerb } from './pause';
import { publishVerb } from './publish';
import { restoreVerb } from './restore';
import type { Verb } from './session';
import { startVerb } from './start';
import { statusVerb } from './status';
import { withdrawVerb } from './withdraw';

const VERBS: readonly Verb[] = [
    initVerb,
    startVerb,
    statusVerb,
    withdrawVerb,
    pauseVerb,
    resumeVerb,
    publishVerb,
    backupVerb,
    restoreVerb,
];

/** The command `cocoon-provider`. */
export function providerProgram(context: CommandContext): Command {
    const program = configFlags(
        new Command('cocoon-provider')
            .description('Earns GRAM with this computer: executes models for the jobs of a market.')
            .version(version)
            .addHelpText('after', '\nThe guide for owners is docs/owners.md.'),
    );
    for (const verb of VERBS) verb(program, context);
    return program;
}
