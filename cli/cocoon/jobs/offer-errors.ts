import { CocoonError } from '../../../protocol';
import { formatBytes } from '../../terminal';

/** Inputs cannot be served on the port of the configuration, or of the job. */
export class PortTakenError extends CocoonError {
    override readonly name = 'PortTakenError';
    readonly code = 'PORT_TAKEN';

    constructor(
        readonly host: string,
        readonly port: number,
        reason: string,
        cause?: unknown,
    ) {
        const taken =
            reason === 'EADDRINUSE' ? 'is in use by another program' : `failed (${reason})`;
        super(`Inputs are served on port ${port} of ${host}, which ${taken}.`, {
            hint:
                'End the other program, or choose another port for new jobs with ' +
                '--set client.listen.port=0.',
            cause,
        });
    }
}

/** No node and no store took the inputs. */
export class InputsUnofferedError extends CocoonError {
    override readonly name = 'InputsUnofferedError';
    readonly code = 'INPUTS_NOT_OFFERED';

    constructor(
        readonly bytes: number,
        readonly reasons: readonly string[],
    ) {
        const why = reasons.length === 0 ? 'none is known' : reasons.slice(0, 3).join(' ');
        super(`No store took the ${formatBytes(bytes)} of inputs: ${why}`, {
            hint:
                'Nothing was paid. Name a store in client.stores, or serve the inputs from here: ' +
                'set client.publicUrl and client.listen.',
        });
    }
}

/** No node took the key that was to be left with it. */
export class KeyNotLeftError extends CocoonError {
    override readonly name = 'KeyNotLeftError';
    readonly code = 'KEY_NOT_LEFT';

    constructor(refused: readonly { readonly endpoint: string; readonly reason: string }[]) {
        const said = refused.slice(0, 3).map(({ endpoint, reason }) => `${endpoint}: ${reason}`);
        super(`No node took the key of the job: ${said.join('; ')}`, {
            hint: 'Nothing was paid. Name other nodes with --node, or leave --leave-key out and stay.',
        });
    }
}
