import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder that both commands keep their things in. */
export interface Home {
    readonly folder: string;
    readonly config: string;
    readonly client: {
        readonly folder: string;
        readonly keystore: string;
    };
    readonly provider: {
        readonly folder: string;
        readonly keystore: string;
    };
}

/**
 * The home: `COCOON_HOME`, else where each system keeps a user's data:
 * `$XDG_DATA_HOME/cocoon` or `~/.local/share/cocoon` on Linux (XDG Base Directory Specification),
 * `~/Library/Application Support/cocoon` on macOS, `%LOCALAPPDATA%\cocoon` on Windows.
 */
export function homeOf(
    env: Readonly<Record<string, string | undefined>>,
    platform: NodeJS.Platform = process.platform,
    userHome: string = homedir(),
): Home {
    const chosen = env['COCOON_HOME'];
    return homeAt(chosen !== undefined && chosen !== '' ? chosen : usual(env, platform, userHome));
}

/** The home in a given folder. */
export function homeAt(folder: string): Home {
    const root = resolve(folder);
    const client = join(root, 'client');
    const provider = join(root, 'provider');
    return {
        folder: root,
        config: join(root, 'config.yaml'),
        client: { folder: client, keystore: join(client, 'keystore.age') },
        provider: { folder: provider, keystore: join(provider, 'keystore.age') },
    };
}

function usual(
    env: Readonly<Record<string, string | undefined>>,
    platform: NodeJS.Platform,
    userHome: string,
): string {
    if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'cocoon');
    if (platform === 'win32') {
        return join(env['LOCALAPPDATA'] ?? join(userHome, 'AppData', 'Local'), 'cocoon');
    }
    // The specification says to ignore a path that is not absolute.
    const data = env['XDG_DATA_HOME'];
    const folder = data?.startsWith('/') ? data : join(userHome, '.local', 'share');
    return join(folder, 'cocoon');
}
