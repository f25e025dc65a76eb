import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Programs of the system by their absolute paths. */
export interface SystemTools {
    readonly sh: string | undefined;
    /** Of util-linux. */
    readonly unshare: string | undefined;
    /** Of util-linux. */
    readonly mount: string | undefined;
    /** Of util-linux. */
    readonly setpriv: string | undefined;
}

const USUAL_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** @param path list of folders as in the environment */
export function findTools(path: string | undefined): SystemTools {
    if (process.platform === 'win32') {
        return { sh: undefined, unshare: undefined, mount: undefined, setpriv: undefined };
    }
    const folders = [...USUAL_FOLDERS, ...(path ?? '').split(delimiter).filter(isAbsolute)];
    const find = (name: string) =>
        folders.map((folder) => join(folder, name)).find((file) => isExecutable(file));
    return {
        sh: find('sh'),
        unshare: find('unshare'),
        mount: find('mount'),
        setpriv: find('setpriv'),
    };
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
