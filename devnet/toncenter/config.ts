import type { Cell } from '@ton/core';
import { z } from 'zod';
import { NotFoundError } from '../errors';
import { loadParams } from '../fees';
import { method } from './method';
import { integer } from './params';

export const configMethods = {
    getConfigAll: method(z.object({ seqno: integer.optional() }), ({ chain }) =>
        configInfo(chain.config),
    ),

    getConfigParam: method(
        z
            .object({
                config_id: integer.optional(),
                /** The older name. */
                param: integer.optional(),
                seqno: integer.optional(),
            })
            .refine((params) => (params.config_id ?? params.param) !== undefined, {
                message: 'config_id: missing',
            }),
        ({ chain }, params) => {
            const index = params.config_id ?? params.param ?? 0;
            const cell = loadParams(chain.config).get(index);
            if (cell === undefined) {
                throw new NotFoundError(
                    `The configuration has no parameter ${index}.`,
                    'Ask getConfigAll for all parameters.',
                );
            }
            return configInfo(cell);
        },
    ),
};

function configInfo(cell: Cell): Record<string, unknown> {
    const bytes = cell.toBoc().toString('base64');
    return { '@type': 'configInfo', config: { '@type': 'tvm.cell', bytes } };
}
