import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Users have the package itself; here its sources stand for it. */
export default defineConfig({
    root: at('.'),
    base: './',
    publicDir: false,
    resolve: {
        alias: [
            { find: 'cocoon/react', replacement: at('../../sdk/react/index.ts') },
            { find: 'cocoon/models', replacement: at('../../models/index.ts') },
            { find: 'cocoon/protocol', replacement: at('../../protocol/index.ts') },
            { find: /^cocoon$/, replacement: at('../../sdk/index.ts') },
        ],
    },
    build: {
        target: 'es2022',
        outDir: at('../../dist/web'),
        // Beside the pages of the site, whose server has a development wallet.
        emptyOutDir: false,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 2_000,
        rollupOptions: { input: ['page.html', 'react.html', 'telegram.html'].map(at) },
    },
});
