import { Command as Program } from 'commander';
import { version } from '../../package.json';
import { configFlags } from '../config';
import type { CommandContext } from '../terminal';
import { backupVerb } from './backup';
import { doctorVerb } from './doctor/doctor';
import { earningsVerb } from './earnings';
import { initVerb } from './init';
import { pageVerb } from './page';
import { pauseVerb, resumeVerb } from './pause';
import { preferencesVerb } from './preferences';
import { pricesVerb } from './prices';
import { publishVerb } from './publish';
import { quarantineVerb } from './quarantine';
import { restoreVerb } from './restore';
import { serviceVerb } from './service';
import type { Command, Verb } from './session';
import { startVerb } from './start';
import { statusVerb } from './status';
import { whyVerb } from './why';
import { withdrawVerb } from './withdraw';

/** Both commands work on the same home: a stake, its keys and its configuration. */
const VERBS: Readonly<Record<Command, readonly Verb[]>> = {
    'cocoon-provider': [
        initVerb,
        startVerb,
        statusVerb,
        doctorVerb,
        pageVerb,
        preferencesVerb,
        earningsVerb,
        whyVerb,
        pricesVerb,
        withdrawVerb,
        pauseVerb,
        resumeVerb,
        publishVerb,
        quarantineVerb,
        backupVerb,
        restoreVerb,
        serviceVerb,
    ],
    'cocoon-verifier': [
        initVerb,
        startVerb,
        statusVerb,
        pageVerb,
        preferencesVerb,
        withdrawVerb,
        serviceVerb,
    ],
};

const SAYS: Readonly<Record<Command, string>> = {
    'cocoon-provider': 'Earns GRAM with this computer: executes models for the jobs of a market.',
    'cocoon-verifier':
        'Earns GRAM with this computer: checks what the providers of a market have computed.',
};

const GUIDES: Readonly<Record<Command, string>> = {
    'cocoon-provider': 'The guide for owners is docs/owners.md.',
    'cocoon-verifier':
        'How checks go is in docs/verifier.md. A home has one stake for both commands; to pause it, ' +
        'or to back it up, use cocoon-provider.',
};

/** The command `cocoon-provider`. */
export function providerProgram(context: CommandContext): Program {
    return ownersProgram('cocoon-provider', context);
}

/** The command `cocoon-verifier`. */
export function verifierProgram(context: CommandContext): Program {
    return ownersProgram('cocoon-verifier', context);
}

function ownersProgram(command: Command, context: CommandContext): Program {
    const program = configFlags(
        new Program(command)
            .description(SAYS[command])
            .version(version)
            .addHelpText('after', `\n${GUIDES[command]}`),
    );
    for (const verb of VERBS[command]) verb(program, context, command);
    return program;
}
