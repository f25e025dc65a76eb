import { createRuntime } from '../../runtime';
import { ENDLESS } from './items';
import { countModel } from './onnx-models';

/**
 * A program that runs an endless item and says so: `node orphan-parent.js <worker>` prints the
 * process id of its child once that is busy; with the word `stopped` behind it stops the child first.
 */
async function main(): Promise<void> {
    const workerPath = process.argv[2] ?? '';
    const runtime = createRuntime({ processes: 1, workerPath });
    const model = await runtime.load({ bytes: countModel() });
    const outcome = model.run([ENDLESS]).next();
    if (process.argv[3] === 'stopped') runtime.setPace({ share: 0 });
    setImmediate(() => process.stdout.write(`${model.pids[0]}\n`));
    await outcome;
}

void main();
