import { CocoonError } from '../../../protocol';

/** The node cannot be made a service of this user, or no longer be one. */
export class ServiceError extends CocoonError {
    override readonly name = 'ServiceError';

    constructor(
        readonly code:
            /** Nobody would be there to type the passphrase. */
            | 'SERVICE_PASSPHRASE_MISSING'
            /** Others can read the file of the passphrase. */
            | 'SERVICE_PASSPHRASE_EXPOSED'
            /** The program lies in a folder that is cleared now and then. */
            | 'SERVICE_PROGRAM_TEMPORARY'
            | 'SERVICE_PLATFORM_UNKNOWN'
            /** A command of the system failed, or is not there. */
            | 'SERVICE_MANAGER_FAILED',
        message: string,
        hint: string,
        cause?: unknown,
    ) {
        super(message, { hint, cause });
    }
}
