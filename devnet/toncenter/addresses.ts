import { Address } from '@ton/core';
import { z } from 'zod';
import { method } from './method';
import { address } from './params';

const ofAddress = z.object({ address });
/** An address as it was written and as it was understood. */
const ofText = z.object({
    address: z.string().transform((text, context) => {
        const parsed = address.safeParse(text);
        if (parsed.success) return { text, parsed: parsed.data };
        context.addIssue({ code: 'custom', message: 'not an address' });
        return z.NEVER;
    }),
});

export const addressMethods = {
    detectAddress: method(ofText, (_, params) => {
        const { text, parsed } = params.address;
        const flags = Address.isFriendly(text)
            ? Address.parseFriendly(text)
            : { isBounceable: undefined, isTestOnly: false };
        const form = (bounceable: boolean) => ({
            b64: parsed.toString({ bounceable, urlSafe: false, testOnly: flags.isTestOnly }),
            b64url: parsed.toString({ bounceable, testOnly: flags.isTestOnly }),
        });
        return {
            '@type': 'ext.utils.detectedAddress',
            raw_form: parsed.toRawString(),
            bounceable: form(true),
            non_bounceable: form(false),
            given_type:
                flags.isBounceable === undefined
                    ? 'raw_form'
                    : flags.isBounceable
                      ? 'friendly_bounceable'
                      : 'friendly_non_bounceable',
            test_only: flags.isTestOnly,
        };
    }),

    packAddress: method(ofAddress, (_, params) => params.address.toString()),

    unpackAddress: method(ofAddress, (_, params) => params.address.toRawString()),
};
