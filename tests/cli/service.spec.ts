import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installService, uninstallService } from '../../cli/provider/service/install';
import { launchdAgent } from '../../cli/provider/service/launchd';
import type { ServiceOrder } from '../../cli/provider/service/service-unit';
import { systemdUnit } from '../../cli/provider/service/systemd';
import { scheduledTask } from '../../cli/provider/service/task-scheduler';

const ODD = 'a "b" 100% $HOME \\ <&>';

function orderIn(userHome: string): ServiceOrder {
    return {
        name: 'cocoon-provider',
        description: 'Cocoon provider',
        program: ['/usr/bin/node', `/opt/${ODD}/bin.js`, 'start', '--quiet'],
        environment: { COCOON_HOME: `/data/${ODD}`, COCOON_PASSPHRASE_FILE: '/data/passphrase' },
        userHome,
        folder: join(userHome, 'provider'),
        uid: 501,
        env: {},
    };
}

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

describe('a unit of a service', () => {
    it('quotes paths as systemd reads them', () => {
        const unit = systemdUnit(orderIn('/home/u'));
        expect(unit.files.map(({ path }) => path)).toEqual([
            '/home/u/.config/systemd/user/cocoon-provider.service',
        ]);
        const text = textOf(unit.files[0]?.bytes);
        expect(text).toContain('Environment="COCOON_HOME=/data/a \\"b\\" 100%% $HOME \\\\ <&>"\n');
        expect(text).toContain(
            'ExecStart="/usr/bin/node" "/opt/a \\"b\\" 100%% $$HOME \\\\ <&>/bin.js" "start" "--quiet"\n',
        );
    });

    it('stands where XDG_CONFIG_HOME says, if that is absolute', () => {
        const at = (given: string) =>
            systemdUnit({ ...orderIn('/home/u'), env: { XDG_CONFIG_HOME: given } }).files[0]?.path;
        expect(at('/c')).toBe('/c/systemd/user/cocoon-provider.service');
        expect(at('c')).toBe('/home/u/.config/systemd/user/cocoon-provider.service');
    });

    it('escapes paths as property lists want them', () => {
        const unit = launchdAgent(orderIn('/Users/u'));
        expect(unit.files[0]?.path).toBe(
            '/Users/u/Library/LaunchAgents/org.cocoon.cocoon-provider.plist',
        );
        const text = textOf(unit.files[0]?.bytes);
        expect(text).toContain(
            '<key>COCOON_HOME</key><string>/data/a &quot;b&quot; 100% $HOME \\ &lt;&amp;&gt;</string>',
        );
        expect(unit.install).toEqual([
            ['launchctl', 'bootstrap', 'gui/501', unit.files[0]?.path ?? ''],
        ]);
    });

    it('is a task in UTF-16 that starts a script with the environment', () => {
        const unit = scheduledTask({ ...orderIn('C:\\Users\\u'), folder: 'C:\\cocoon & co' });
        const [script, task] = unit.files;
        expect(script?.path).toBe('C:\\cocoon & co\\cocoon-provider.cmd');
        expect(textOf(script?.bytes)).toContain(
            'set "COCOON_PASSPHRASE_FILE=/data/passphrase"\r\n',
        );
        expect(textOf(script?.bytes)).toContain('100%% $HOME');
        const text = Buffer.from(task?.bytes ?? []).toString('utf16le');
        expect(text.codePointAt(0)).toBe(0xfeff);
        expect(text).toContain('<Command>C:\\cocoon &amp; co\\cocoon-provider.cmd</Command>');
    });
});

describe('the manager of services', () => {
    let home: string;
    const { signal } = new AbortController();

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), 'cocoon-service-'));
    });
    afterEach(() => rmSync(home, { recursive: true }));

    /** A program by the name of systemd's own that notes what it is told, and may refuse it. */
    function manager(refuses = 'nothing') {
        const said = join(home, 'said');
        const text = `#!/bin/sh\necho "$@" >> "${said}"\ncase "$*" in *${refuses}*) echo no bus >&2; exit 1;; esac\n`;
        writeFileSync(join(home, 'systemctl'), text);
        chmodSync(join(home, 'systemctl'), 0o755);
        return {
            around: { env: { PATH: `${home}:/usr/bin:/bin` }, signal },
            said: () => (existsSync(said) ? readFileSync(said, 'utf8').trim().split('\n') : []),
        };
    }

    it('is told to start it, and to forget it', async () => {
        const { around, said } = manager();
        const unit = systemdUnit(orderIn(home));
        const path = unit.files[0]?.path ?? '';
        await installService(unit, around);
        expect(existsSync(path)).toBe(true);
        expect(said()).toEqual([
            '--user daemon-reload',
            '--user enable --now cocoon-provider.service',
        ]);
        expect(await uninstallService(unit, around)).toEqual([]);
        expect(existsSync(path)).toBe(false);
        expect(said().slice(2)).toEqual([
            '--user disable --now cocoon-provider.service',
            '--user daemon-reload',
        ]);
    });

    it('that refuses leaves nothing behind, and its words are told', async () => {
        const { around } = manager('enable');
        const unit = systemdUnit(orderIn(home));
        await expect(installService(unit, around)).rejects.toMatchObject({
            code: 'SERVICE_MANAGER_FAILED',
            message: expect.stringContaining('no bus') as string,
        });
        expect(existsSync(unit.files[0]?.path ?? '')).toBe(false);
    });

    it('that does not exist is an error with a way out', async () => {
        const around = { env: { PATH: home }, signal };
        await expect(installService(systemdUnit(orderIn(home)), around)).rejects.toMatchObject({
            code: 'SERVICE_MANAGER_FAILED',
            hint: expect.stringContaining('service show') as string,
        });
    });
});
