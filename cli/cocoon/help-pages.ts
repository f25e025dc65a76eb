/** Asks a command for its help: the arguments before `--help`. */
export type ReadHelp = (verbs: readonly string[]) => Promise<string>;

/** A command of the project, and what the page says before its own words. */
export interface DocumentedCommand {
    readonly name: string;
    readonly intro: string;
    readonly help: ReadHelp;
}

const HEAD = `# Commands

What each command says under \`--help\`, written by the commands themselves: change the help, then run
\`npm run docs:update\`. A test fails while this page is another one.

Every verb also takes the options of its command, which stand there once.`;

/** The page of all commands and their verbs, in Markdown. */
export async function commandsPage(commands: readonly DocumentedCommand[]): Promise<string> {
    const parts: string[] = [HEAD];
    for (const { name, intro, help } of commands) {
        parts.push(`## ${name}`, intro, ...(await pagesOf(name, [], help)));
    }
    return `${parts.join('\n\n')}\n`;
}

async function pagesOf(name: string, verbs: readonly string[], help: ReadHelp): Promise<string[]> {
    const text = (await help(verbs)).trimEnd();
    const shown = verbs.length === 0 ? text : withoutSection(text, 'Global Options:');
    const pages = [`\`\`\`\n${shown}\n\`\`\``];
    for (const verb of verbsIn(text)) {
        const path = [...verbs, verb];
        // A verb of a verb stands below it.
        pages.push(`${'#'.repeat(path.length + 2)} ${name} ${path.join(' ')}`);
        pages.push(...(await pagesOf(name, path, help)));
    }
    return pages;
}

/** The verbs that a help text lists, without `help` itself. */
export function verbsIn(text: string): string[] {
    const section = sectionOf(text, 'Commands:') ?? '';
    const verbs = [...section.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, verb]) => verb ?? '');
    return verbs.filter((verb) => verb !== 'help');
}

/** From a head to the next empty line. */
function sectionOf(text: string, head: string): string | undefined {
    const start = text.indexOf(`\n${head}\n`);
    if (start < 0) return undefined;
    const end = text.indexOf('\n\n', start + 1);
    return text.slice(start, end < 0 ? undefined : end);
}

function withoutSection(text: string, head: string): string {
    const section = sectionOf(text, head);
    return section === undefined ? text : text.replace(section, '').trimEnd();
}
