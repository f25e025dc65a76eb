import type { z } from 'zod';
import type { Source } from './source';
import { type Followed, SourceError, type System } from './system';

const POWERSHELL = 'powershell.exe';
const ARGUMENTS = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command'];
/** It takes PowerShell this long to start, at most, milliseconds. */
const STALE_MS = 15_000;

/**
 * GetLastInputInfo and GetTickCount count milliseconds in 32 bits, so their difference is taken in
 * 32 bits too. One PowerShell goes on printing: to start one takes half a second of a core.
 */
const IDLE_SCRIPT = `
Add-Type @'
using System;
using System.Runtime.InteropServices;
public static class Idle {
    [StructLayout(LayoutKind.Sequential)] struct Info { public uint Size; public uint Time; }
    [DllImport("user32.dll")] static extern bool GetLastInputInfo(ref Info info);
    public static uint Get() {
        var info = new Info();
        info.Size = (uint)Marshal.SizeOf(typeof(Info));
        if (!GetLastInputInfo(ref info)) throw new InvalidOperationException();
        return unchecked((uint)Environment.TickCount - info.Time);
    }
}
'@
while ($true) { [Console]::Out.WriteLine([Idle]::Get()); Start-Sleep -Milliseconds 1000 }
`;

/** A service has no desktop: there the call tells about a session that nobody sits at. */
export function followedIdle(): Source<number> {
    let followed: Followed | undefined;
    return {
        name: 'GetLastInputInfo (PowerShell)',
        platforms: ['win32'],
        async read(system) {
            followed ??= system.follow(POWERSHELL, [...ARGUMENTS, IDLE_SCRIPT]);
            const end = performance.now() + STALE_MS;
            while (followed.last() === undefined && performance.now() < end) {
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            const last = followed.last();
            if (last === undefined || last.ageMs > STALE_MS || !/^\d+$/.test(last.line.trim())) {
                throw new SourceError('PowerShell does not print it');
            }
            return Number(last.line) + last.ageMs;
        },
        close() {
            followed?.close();
            followed = undefined;
        },
    };
}

/**
 * Runs a command of PowerShell that prints JSON.
 *
 * @throws SourceError
 */
export async function powershell<T>(
    system: System,
    command: string,
    schema: z.ZodType<T>,
): Promise<T> {
    const text = await system.run(POWERSHELL, [...ARGUMENTS, command]);
    try {
        return schema.parse(JSON.parse(text));
    } catch {
        throw new SourceError('PowerShell printed something else than expected');
    }
}
