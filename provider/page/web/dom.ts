export type Child = Node | string | undefined | readonly Child[];
type Value = string | number | boolean | undefined;
export type Attributes = Readonly<Record<string, Value>>;

/**
 * An element. Attributes that are undefined or false are left out. Text is only ever text: names
 * come from strangers.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    setAttributes(element, attributes);
    append(element, children);
    return element;
}

/** The same for a drawing. */
export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    setAttributes(element, attributes);
    append(element, children);
    return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === undefined || value === false) continue;
        element.setAttribute(name, value === true ? '' : String(value));
    }
}

function append(element: Element, children: readonly Child[]): void {
    for (const child of children) {
        if (child === undefined) continue;
        if (typeof child === 'string') element.append(visible(child));
        else if (child instanceof Node) element.append(child);
        else append(element, child);
    }
}

/** Text of strangers without what turns its direction around, or cannot be seen. */
export function visible(text: string): string {
    return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
        character === '\n' ? character : '\ufffd',
    );
}

export function button(text: string, onClick: () => void, attributes: Attributes = {}) {
    const element = h('button', { type: 'button', ...attributes }, text);
    element.addEventListener('click', onClick);
    return element;
}

/** What a section shows, which is replaced only when it is different. */
export function bodyOf(section: string): HTMLElement {
    return byId(section).querySelector<HTMLElement>('[data-body]') ?? byId(section);
}

export function byId(id: string): HTMLElement {
    const element = document.getElementById(id);
    if (element === null) throw new TypeError(`The page has no ${id}.`);
    return element;
}

/** Names with values. */
export function facts(...pairs: readonly (readonly [string, Child] | undefined)[]): HTMLElement {
    const rows = pairs.flatMap((pair) =>
        pair === undefined ? [] : [h('div', {}, h('dt', {}, pair[0]), h('dd', {}, pair[1]))],
    );
    return h('dl', { class: 'facts' }, rows);
}

/** A table in a frame that scrolls by itself where it is wider than the screen. */
export function table(
    caption: string,
    head: readonly string[],
    rows: readonly (readonly Child[])[],
): HTMLElement {
    const cell = (content: Child, at: number) =>
        at === 0 ? h('th', { scope: 'row' }, content) : h('td', {}, content);
    return h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
        h(
            'table',
            {},
            h('caption', { class: 'unseen' }, caption),
            h(
                'thead',
                {},
                h(
                    'tr',
                    {},
                    head.map((title) => h('th', { scope: 'col' }, title)),
                ),
            ),
            h(
                'tbody',
                {},
                rows.map((row) => h('tr', {}, row.map(cell))),
            ),
        ),
    );
}

/** Calls only for other values than the last one. */
export function whenChanged<T>(show: (value: T) => void): (value: T) => void {
    let last: string | undefined;
    return (value) => {
        const now = JSON.stringify(value);
        if (now === last) return;
        last = now;
        show(value);
    };
}
