import { join } from 'node:path';
import { utf8ToBytes } from '../../../protocol';
import { type ServiceOrder, type ServiceUnit, STOP_SECONDS } from './service-unit';

/** An agent of this user (launchd.plist(5)). */
export function launchdAgent(order: ServiceOrder): ServiceUnit {
    const { name, userHome, uid } = order;
    const label = `org.cocoon.${name}`;
    const path = join(userHome, 'Library', 'LaunchAgents', `${label}.plist`);
    const domain = `gui/${uid ?? ''}`;
    return {
        system: 'launchd',
        files: [{ path, bytes: utf8ToBytes(textOf(order, label)) }],
        install: [['launchctl', 'bootstrap', domain, path]],
        uninstall: [['launchctl', 'bootout', `${domain}/${label}`]],
        forget: [],
        advice: [
            `See how it goes with "launchctl print ${domain}/${label}".`,
            'It starts when you log in.',
        ],
    };
}

function textOf({ program, environment, folder }: ServiceOrder, label: string): string {
    const text = (value: string) => `<string>${escapeXml(value)}</string>`;
    const variables = Object.entries(environment).map(
        ([key, value]) => `        <key>${escapeXml(key)}</key>${text(value)}`,
    );
    const log = join(folder, 'service.log');
    return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>Label</key>${text(label)}
    <key>ProgramArguments</key>
    <array>
${program.map((part) => `        ${text(part)}`).join('\n')}
    </array>
    <key>EnvironmentVariables</key>
    <dict>
${variables.join('\n')}
    </dict>
    <key>RunAtLoad</key><true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key><false/>
    </dict>
    <key>ProcessType</key><string>Background</string>
    <key>LowPriorityIO</key><true/>
    <key>Nice</key><integer>10</integer>
    <key>Umask</key><integer>63</integer>
    <key>ExitTimeOut</key><integer>${STOP_SECONDS}</integer>
    <key>StandardErrorPath</key>${text(log)}
</dict>
</plist>
`;
}

/** As text of an element. */
export function escapeXml(text: string): string {
    return text
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;');
}
