import { CocoonError } from '../../protocol';

/** A preference that cannot be one, or a file of them that cannot be read. */
export class PreferencesError extends CocoonError {
    override readonly name = 'PreferencesError';
    readonly code = 'PREFERENCES_INVALID';

    constructor(
        /** Dotted name of the preference, where one is wrong. */
        readonly key: string | undefined,
        sentence: string,
        hint: string,
        cause?: unknown,
    ) {
        super(sentence, { hint, cause });
    }
}
