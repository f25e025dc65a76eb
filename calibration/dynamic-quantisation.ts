import type { Graph } from '../runtime';
import { CalibrationRefusedError } from './errors';

/** Of the ONNX domains; those of ONNX Runtime's own domain are refused by admission. */
const DYNAMIC_OPERATOR = 'DynamicQuantizeLinear';
/** Index of the scale among the inputs of QuantizeLinear. */
const SCALE_INPUT = 1;

/**
 * Refuses a graph that takes the scale of a quantisation from its input. A change in the last bit of
 * an activation then moves the whole grid, and an input's result depends on what shares its batch.
 *
 * @throws CalibrationRefusedError `dynamic-quantisation`
 */
export function refuseDynamicQuantisation({ nodes, tensors }: Graph): void {
    const constants = new Set(tensors.map(({ name }) => name));
    for (const { operator, outputs } of nodes) {
        if (operator === 'Constant') for (const name of outputs) constants.add(name);
    }
    for (const { operator, inputs } of nodes) {
        if (operator === DYNAMIC_OPERATOR) throw refused(`uses ${operator}`);
        if (operator !== 'QuantizeLinear') continue;
        const scale = inputs[SCALE_INPUT] ?? '';
        if (!constants.has(scale)) throw refused('computes the scale of a QuantizeLinear');
    }
}

function refused(what: string): CalibrationRefusedError {
    return new CalibrationRefusedError(
        'dynamic-quantisation',
        `it ${what}, so that a last bit moves all that is quantised with it.`,
    );
}
