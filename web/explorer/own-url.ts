/** A URL as the page may show it: without query and credentials, which may hold keys. */
export function shownUrl(url: string): string {
    if (!URL.canParse(url)) return '';
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname}`;
}
