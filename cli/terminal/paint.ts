import { styleText } from 'node:util';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** Colours for terminals; none where `NO_COLOR` is set (https://no-color.org) or `TERM` is dumb. */
export function createPaint(
    stream: { readonly isTTY?: boolean | undefined },
    env: Readonly<Record<string, string | undefined>>,
): Paint {
    const plain = !stream.isTTY || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
    // The stream was looked at above; `styleText` would look at another one.
    const options = { validateStream: false };
    return plain ? (_colour, text) => text : (colour, text) => styleText(colour, text, options);
}
