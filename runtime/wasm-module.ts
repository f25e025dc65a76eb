/** What of the WebAssembly module of onnxruntime-web is used here. */
interface OrtModule {
    /** The memory. */
    readonly HEAPU8: Uint8Array;
    UTF8ToString: (offset: number, maxBytes?: number) => string;
}

type CreateOrtModule = (settings: unknown) => Promise<OrtModule>;

/**
 * Makes strings arrive as the native class gives them. The module's own decoder drops a byte order
 * mark before a long string, and invents characters for bytes that are no UTF-8 in a short one.
 *
 * Turned into source text: it may use nothing from outside.
 */
function withExactStrings(create: CreateOrtModule): CreateOrtModule {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return async (settings) => {
        const module = await create(settings);
        module.UTF8ToString = (offset, maxBytes) => {
            const memory = module.HEAPU8;
            const end = maxBytes === undefined ? memory.indexOf(0, offset) : offset + maxBytes;
            // A copy: the memory is shared between threads, where there are some.
            return offset === 0 ? '' : decoder.decode(memory.slice(offset, end));
        };
        return module;
    };
}

/**
 * The module that onnxruntime-web shall import instead of its own.
 *
 * @param original its own
 */
export function wasmModuleUrl(original: URL): string {
    const source = [
        `import create from ${JSON.stringify(original.href)};`,
        `export default (${withExactStrings.toString()})(create);`,
    ];
    return `data:text/javascript,${encodeURIComponent(source.join('\n'))}`;
}
