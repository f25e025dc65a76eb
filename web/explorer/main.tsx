import '../shared/no-eval';
// Before the libraries of the chain, which come later and want a Buffer.
import '../../wrappers/global-buffer';
import '../shared/tokens.css';
import '../shared/base.css';
import './explorer.css';
import { createRoot } from 'react-dom/client';
import { LanguageProvider } from '../shared/use-language';
import { App } from './app';
import { NodeProvider } from './use-node';

const root = document.getElementById('root');
if (root !== null) {
    createRoot(root).render(
        <LanguageProvider>
            <NodeProvider>
                <App />
            </NodeProvider>
        </LanguageProvider>,
    );
}
