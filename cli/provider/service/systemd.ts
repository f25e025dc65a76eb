import { join } from 'node:path';
import { utf8ToBytes } from '../../../protocol';
import { type ServiceOrder, type ServiceUnit, STOP_SECONDS } from './service-unit';

/**
 * A unit of the user's own service manager (systemd.service(5), systemd.unit(5)): no rights of an
 * administrator are needed, and none are had.
 */
export function systemdUnit(order: ServiceOrder): ServiceUnit {
    const { name, env, userHome } = order;
    const given = env['XDG_CONFIG_HOME'];
    const config = given?.startsWith('/') ? given : join(userHome, '.config');
    const unit = `${name}.service`;
    const systemctl = (...args: string[]) => ['systemctl', '--user', ...args];
    return {
        system: 'systemd',
        files: [{ path: join(config, 'systemd', 'user', unit), bytes: utf8ToBytes(textOf(order)) }],
        install: [systemctl('daemon-reload'), systemctl('enable', '--now', unit)],
        uninstall: [systemctl('disable', '--now', unit)],
        forget: [systemctl('daemon-reload')],
        advice: [
            `See how it goes with "systemctl --user status ${name}" and "journalctl --user -u ${name}".`,
            'It starts when you log in. "loginctl enable-linger" starts it with the computer.',
        ],
    };
}

function textOf({ description, program, environment }: ServiceOrder): string {
    const variables = Object.entries(environment).map(
        ([key, value]) => `Environment=${quoted(`${key}=${value}`)}`,
    );
    return [
        '[Unit]',
        `Description=${description}`,
        '',
        '[Service]',
        ...variables,
        `ExecStart=${program.map(argument).join(' ')}`,
        'KillSignal=SIGINT',
        // The children are ended by the node.
        'KillMode=mixed',
        `TimeoutStopSec=${STOP_SECONDS}`,
        'Restart=on-failure',
        'RestartSec=10',
        'Nice=10',
        'NoNewPrivileges=yes',
        'UMask=0077',
        '',
        '[Install]',
        'WantedBy=default.target',
        '',
    ].join('\n');
}

/** In quotes, with specifiers and escapes as letters (systemd.syntax(7), systemd.unit(5)). */
function quoted(text: string): string {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
    return `"${escaped}"`;
}

/** Of a command line, where variables are replaced too. */
function argument(text: string): string {
    return quoted(text.replaceAll('$', '$$$$'));
}
