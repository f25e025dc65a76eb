import styles from './wallet.css?inline';

/** Asks the user; text is shown as text, whatever it says. */
export interface Question {
    readonly title: string;
    readonly lines: readonly (readonly [string, string])[];
    readonly approve: string;
    readonly decline: string;
}

let root: ShadowRoot | undefined;

/** The wallet's own place in the page, which styles of the page do not reach. */
export function walletRoot(): ShadowRoot {
    if (root !== undefined) return root;
    const host = document.createElement('cocoon-development-wallet');
    root = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    // A wallet is no part of the page: what is done in it is no click beside the page's own windows.
    for (const kind of ['click', 'mousedown', 'pointerdown', 'touchstart', 'keydown']) {
        host.addEventListener(kind, (event) => event.stopPropagation());
    }
    document.body.append(host);
    return root;
}

/** Shows a question over everything, and resolves with what the user says; closing it says no. */
export function ask({ title, lines, approve, decline }: Question): Promise<boolean> {
    const dialog = element('dialog', '');
    const heading = element('h2', title);
    heading.id = 'title';
    dialog.setAttribute('aria-labelledby', 'title');
    const list = element('dl', '');
    for (const [name, value] of lines) list.append(element('dt', name), element('dd', value));
    const buttons = element('div', '');
    const yes = element('button', approve);
    yes.className = 'primary';
    const no = element('button', decline);
    buttons.append(no, yes);
    dialog.append(heading, list, buttons);
    walletRoot().append(dialog);
    return new Promise((resolve) => {
        const end = (answer: boolean) => {
            dialog.remove();
            resolve(answer);
        };
        yes.onclick = () => end(true);
        no.onclick = () => end(false);
        dialog.oncancel = () => end(false);
        dialog.showModal();
    });
}

export function element<Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    text: string,
): HTMLElementTagNameMap[Name] {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
}
