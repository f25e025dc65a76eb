import type { Tensor } from '../../../protocol';
import { decodeOutputItem, encodeItem, tensorOf, tensorValues } from '../../../protocol';
import { createRuntime, type ExecutionClass } from '../../../runtime';
import { type Check, failed, ok, problem } from './check';

/**
 * `y = tanh(x * W)` for a row of 8, as an ONNX file: opset 8, MatMul and Tanh, W of 8 by 4 with
 * sin(k + 1) / 3 at place k, row by row.
 */
const MODEL =
    'CAk67wEKGgoBeAoHd2VpZ2h0cxIEc3VtcyIGTWF0TXVsCg8KBHN1bXMSAXkiBFRhbmgSAWcqkgEICAgEEAFCB3dlaWdo' +
    'dHNKgAFunI8+0C+bPgWtQD01KYG+Cqijvma/vr1dQGA+udmoPnarDD5KsTm+PaqqvnUmN77Cag8+TBCpPgX3XT7AisS9' +
    'GRSkviIrgL7ioUw9MM+bPgvKjj4cXEG772uQvlONmr5KtDS9sCSCPrQ4oz448Lg9N4VivsOfqL5Z6Qm+Zjg8PloTCgF4' +
    'Eg4KDAgBEggKAggBCgIICGITCgF5Eg4KDAgBEggKAggBCgIIBEIECgAQEg==';
/** Honest machines are closer than this for sums of 8 products. */
const TOLERANCE = 1e-5;

/** Executes a small model in a child, as jobs are, and compares with what has to come out. */
export async function runtimeChecks(classes: readonly ExecutionClass[]): Promise<Check[]> {
    const checks: Check[] = [];
    for (const executionClass of classes) checks.push(await runtimeCheck(executionClass));
    return checks;
}

async function runtimeCheck(executionClass: ExecutionClass): Promise<Check> {
    const engine = executionClass === 'native' ? 'onnxruntime-node' : 'onnxruntime-web';
    let runtime: ReturnType<typeof createRuntime>;
    try {
        runtime = createRuntime({ processes: 1 });
    } catch (error) {
        return failed('runtime', error);
    }
    try {
        const startedAt = performance.now();
        const bytes = Buffer.from(MODEL, 'base64');
        const model = await runtime.load({ bytes }, { executionClass });
        const loadedAt = performance.now();
        const x = Array.from({ length: 8 }, (_, at) => Math.cos(at));
        const item = encodeItem({ x: tensorOf('float32', [1, 8], x) });
        for await (const outcome of model.run([item])) {
            if (outcome.status !== 'done') break;
            const y = decodeOutputItem(outcome.output).get('y');
            const off = y === undefined ? Infinity : distance(y, expected(x));
            if (!(off <= TOLERANCE)) {
                return problem(
                    'runtime',
                    `${engine} computes wrongly here: a known result is off by ${off}.`,
                    'Do not stake with this machine: check its memory and processor.',
                );
            }
            const load = Math.round(loadedAt - startedAt);
            const took = (performance.now() - loadedAt).toFixed(1);
            return ok(
                'runtime',
                `${engine} gives a known result in a child: ${load} ms to start, ${took} ms to answer.`,
            );
        }
        return problem('runtime', `${engine} gave no result.`, 'See the log of the node.');
    } catch (error) {
        return failed('runtime', error, `${engine} does not run. `);
    } finally {
        await runtime.stop();
    }
}

function expected(x: readonly number[]): number[] {
    return Array.from({ length: 4 }, (_, column) => {
        const sum = x.reduce((total, value, row) => {
            return total + (value * Math.sin(row * 4 + column + 1)) / 3;
        }, 0);
        return Math.tanh(sum);
    });
}

function distance(tensor: Tensor, wanted: readonly number[]): number {
    const values = tensorValues(tensor).map(Number);
    if (values.length !== wanted.length) return Infinity;
    return Math.max(...values.map((value, at) => Math.abs(value - (wanted[at] ?? NaN))));
}
