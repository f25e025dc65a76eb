import { h } from './dom';
import type { PreferenceView } from './wire';

type Value = PreferenceView['value'];

/** Days of a week have one text, which the first of them shows. */
const SAID_ABOVE = /hours\.(tues|wednes|thurs|fri|satur|sun)day$/;

/** One preference in the form. */
export interface Field {
    readonly name: string;
    readonly element: HTMLElement;
    readonly changed: boolean;
    /** As it is to be saved; null: as usual. */
    readonly value: Value;
    /** Says what is wrong; undefined: nothing is. */
    fault(sentence: string | undefined): void;
    focus(): void;
}

export function createField(preference: PreferenceView, onChange: () => void): Field {
    const { name, says, allowed, unit, usual, given } = preference;
    const id = `preference-${name}`;
    const control = controlOf(preference, {
        id,
        'data-preference': name,
        'aria-describedby': `${id}-says ${id}-fault`,
    });
    const before = read(control);
    const fault = h('p', { id: `${id}-fault`, class: 'error', hidden: true });
    const reset = h('button', { type: 'button', class: 'quiet' }, 'As usual');
    reset.setAttribute('aria-label', `${name} as usual`);
    let usualWanted = false;
    const edited = () => {
        usualWanted = false;
        onChange();
    };
    control.addEventListener('input', edited);
    reset.addEventListener('click', () => {
        write(control, usual);
        usualWanted = true;
        onChange();
        control.focus();
    });
    const element = h(
        'div',
        { class: `field ${preference.kind}` },
        h('label', { for: id }, h('code', {}, name)),
        h(
            'p',
            { class: 'row' },
            control,
            unit === undefined ? undefined : h('span', { class: 'unit' }, unit),
            given ? reset : undefined,
        ),
        h(
            'p',
            { id: `${id}-says`, class: SAID_ABOVE.test(name) ? 'unseen' : 'small' },
            `${says} It is ${allowed}. Usual: ${usualText(usual)}.`,
        ),
        fault,
    );
    return {
        name,
        element,
        get changed() {
            return (usualWanted && given) || read(control) !== before;
        },
        get value() {
            if (usualWanted) return null;
            if (isCheckbox(control)) return control.checked;
            const text = control.value.trim();
            return text === '' ? null : text;
        },
        fault(sentence) {
            fault.textContent = sentence ?? '';
            fault.hidden = sentence === undefined;
            control.setAttribute('aria-invalid', String(sentence !== undefined));
        },
        focus: () => control.focus(),
    };
}

type Control = HTMLInputElement | HTMLSelectElement;

function controlOf(
    { kind, value, choices }: PreferenceView,
    attributes: Readonly<Record<string, string>>,
): Control {
    if (choices !== undefined) {
        const select = h(
            'select',
            attributes,
            choices.map((choice) => h('option', { value: choice }, choice)),
        );
        write(select, value);
        return select;
    }
    const input = h('input', {
        ...attributes,
        type: kind === 'yes-no' ? 'checkbox' : 'text',
        ...(kind === 'yes-no' && { role: 'switch' }),
        ...(kind === 'number' && { inputmode: 'decimal' }),
        ...(kind !== 'yes-no' && {
            placeholder: 'unset',
            autocomplete: 'off',
            spellcheck: 'false',
        }),
    });
    write(input, value);
    return input;
}

function isCheckbox(control: Control): control is HTMLInputElement {
    return control instanceof HTMLInputElement && control.type === 'checkbox';
}

function write(control: Control, value: Value): void {
    if (isCheckbox(control)) control.checked = value === true;
    else control.value = value === null ? '' : textOf(value);
}

function read(control: Control): string {
    return isCheckbox(control) ? String(control.checked) : control.value.trim();
}

function textOf(value: Exclude<Value, null>): string {
    return typeof value === 'object' ? value.join(', ') : String(value);
}

function usualText(value: Value): string {
    if (value === null) return 'unset';
    const text = textOf(value);
    return text === '' ? 'none' : text;
}
