import { Command } from 'commander';
import { version } from '../../package.json';
import { configFlags } from '../config';
import type { CommandContext } from '../terminal';
import { calibrateCommand } from './calibrate';
import { cancelCommand } from './cancel';
import { depositCommand } from './deposit';
import { disputeCommand } from './dispute';
import { explorerCommand } from './explorer';
import { initCommand } from './init';
import { modelsCommand } from './models';
import { publishCommand } from './publish';
import { resultCommand } from './result';
import { runModelCommand } from './run';
import { statusCommand } from './status';
import { submitCommand } from './submit';
import { walletCommand } from './wallet';

/** The command `cocoon` with all its verbs. */
export function createProgram(context: CommandContext): Command {
    const program = new Command('cocoon')
        .description(
            'Computing for those who have work: run ONNX models here for free, or pay strangers ' +
                'in GRAM to run them on their computers, with proofs of what they answered.',
        )
        .version(version)
        .addHelpText(
            'after',
            `
A first job on an embedded chain, which "cocoon-devnet" starts:
  $ cocoon init --network devnet --faucet
  $ cocoon run ocr page.png                 # here, for free
  $ cocoon submit ocr page.png --dry-run    # what it would cost
  $ cocoon submit ocr page.png              # for money, by somebody's idle computer`,
        );
    configFlags(program);
    for (const verb of [
        initCommand,
        walletCommand,
        runModelCommand,
        modelsCommand,
        publishCommand,
        calibrateCommand,
        submitCommand,
        statusCommand,
        resultCommand,
        cancelCommand,
        disputeCommand,
        depositCommand,
        explorerCommand,
    ]) {
        program.addCommand(verb(context));
    }
    return program;
}
