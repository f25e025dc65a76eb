import '../shared/no-eval';
import '../shared/tokens.css';
import '../shared/base.css';
import { createRoot } from 'react-dom/client';

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<main className="page">Cocoon</main>);
