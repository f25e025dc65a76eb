import { createRoot } from 'react-dom/client';
import { openClient } from '../client';
import { Listen } from './listen';

const { cocoon, ui } = await openClient();
createRoot(document.getElementById('root') as HTMLElement).render(
    <>
        <button onClick={() => void ui.openModal()}>Connect wallet</button>
        <Listen cocoon={cocoon} />
    </>,
);
