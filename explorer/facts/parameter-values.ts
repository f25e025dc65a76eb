import type { MarketParameters } from '../../wrappers';
import type { ParametersView } from '../wire';

/** Parameters of a Market under the names of docs/contracts.md, amounts as decimal text. */
export function parameterValues(
    parameters: MarketParameters,
): Pick<ParametersView, 'version' | 'values'> {
    const { version, verification, ...others } = parameters;
    const values = Object.entries({ ...others, ...verification }).map(
        ([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value] as const,
    );
    return { version, values: Object.fromEntries(values) };
}
