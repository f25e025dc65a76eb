/** Words of strangers, for a terminal: nothing in them moves its cursor or starts a line. */
export function onOneLine(text: string): string {
    return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
