import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { site } from './site';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PAGES = ['index.html', 'explorer.html'].map((name) => join(HERE, name)).filter(existsSync);

/** `vite build --mode wallet` builds the development wallet, which is no part of the site. */
export default defineConfig(({ mode }) => ({
    root: HERE,
    base: './',
    cacheDir: join(HERE, '..', 'node_modules', '.vite-web'),
    plugins: [site()],
    // What is loaded later is prepared too, so that a first visit needs no reload.
    optimizeDeps: {
        entries: ['*.html', 'wallet/index.ts'],
        include: ['react-dom/client', '@tonconnect/ui'],
    },
    server: { fs: { allow: [join(HERE, '..')] } },
    ...(mode === 'wallet' && { publicDir: false as const }),
    build: {
        target: 'es2022',
        outDir: join(HERE, '..', 'dist', mode === 'wallet' ? 'web-wallet' : 'web'),
        emptyOutDir: true,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1000,
        // Pictures stay files: the policy of the page is about files.
        assetsInlineLimit: 0,
        rollupOptions:
            mode === 'wallet'
                ? {
                      input: join(HERE, 'wallet', 'index.ts'),
                      output: { entryFileNames: 'wallet.js', inlineDynamicImports: true },
                  }
                : { input: PAGES },
    },
}));
