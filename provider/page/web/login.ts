import { LockedError, RefusedError, unlock } from './api';
import { byId, h } from './dom';

/** The token that a link brought; it leaves the address bar, and with it the history. */
export function takeToken(): string | undefined {
    const token = tokenIn(location.hash);
    if (token !== undefined) history.replaceState(null, '', location.pathname);
    return token;
}

function tokenIn(text: string): string | undefined {
    return /token=([\w-]{20,100})/.exec(text)?.[1];
}

/** Asks for the link, or the token in it. Resolves when a session is open. */
export function askForToken(why: string | undefined): Promise<void> {
    return new Promise((resolve) => {
        const input = h('input', {
            id: 'token',
            type: 'password',
            autocomplete: 'off',
            'aria-describedby': 'token-fault',
        });
        const fault = h('p', { id: 'token-fault', class: 'error', role: 'alert' }, why);
        const form = h(
            'form',
            {},
            h('label', { for: 'token' }, 'Link or token'),
            h(
                'p',
                { class: 'row' },
                input,
                h('button', { type: 'submit', class: 'primary' }, 'Open'),
            ),
            fault,
        );
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            const text = input.value.trim();
            void open(tokenIn(text) ?? text).then((sentence) => {
                fault.textContent = sentence ?? '';
                if (sentence !== undefined) return input.focus();
                login.hidden = true;
                resolve();
            });
        });
        const login = byId('login');
        login.replaceChildren(
            h('h2', { id: 'login-title' }, 'Open your page'),
            h(
                'p',
                {},
                'Only the owner of this node may see it. Type ',
                h('code', {}, 'cocoon-provider page'),
                ' on the machine of the node, and open the link that it prints, or paste it here.',
            ),
            form,
        );
        login.hidden = false;
        byId('sections').hidden = byId('nav').hidden = byId('footer').hidden = true;
        input.focus();
    });
}

/** @returns why it cannot be opened */
export async function open(token: string): Promise<string | undefined> {
    try {
        await unlock(token);
        return undefined;
    } catch (error) {
        if (error instanceof LockedError) {
            return 'This is not the token of this node, or not any more.';
        }
        return error instanceof RefusedError ? error.message : 'The node does not answer.';
    }
}
