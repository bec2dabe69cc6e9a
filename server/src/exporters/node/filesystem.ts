import type { Family, Label } from './families.ts';

export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly readOnly: boolean;
}

/** Blocks and inodes of a file system, as statfs(2) gives them. */
export interface Usage {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** Without space of their own (node_exporter's default), but the root of a container is an overlay and counts. */
const IGNORED_TYPES =
  /^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$/;
const IGNORED_MOUNTS =
  /^\/(dev|proc|run\/credentials\/.+|sys|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)($|\/)/;

/** /proc/self/mounts (fstab(5), with blanks as octal escapes): the mounts worth measuring, each place once. */
export function parseMounts(text: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device = '', mountpoint = '', fstype = '', options = ''] = line
      .split(' ')
      .map((field) =>
        field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
      );
    if (mountpoint === '' || IGNORED_MOUNTS.test(mountpoint)) continue;
    if (IGNORED_TYPES.test(fstype) && !(fstype === 'overlay' && mountpoint === '/')) continue;
    mounts.set(mountpoint, { device, mountpoint, fstype, readOnly: options.split(',').includes('ro') });
  }
  return [...mounts.values()];
}

type Measured = readonly [Mount, Usage | undefined];

const USAGE: readonly (readonly [name: string, help: string, value: (usage: Usage) => number])[] = [
  ['size_bytes', 'Filesystem size in bytes.', (usage) => usage.blocks * usage.bsize],
  ['free_bytes', 'Filesystem free space in bytes.', (usage) => usage.bfree * usage.bsize],
  ['avail_bytes', 'Filesystem space available to non-root users in bytes.', (usage) => usage.bavail * usage.bsize],
  ['files', 'Filesystem total file nodes.', (usage) => usage.files],
  ['files_free', 'Filesystem total free file nodes.', (usage) => usage.ffree],
];

/** File systems with their usage; `undefined` where it could not be read in time. */
export function filesystemFamilies(measured: readonly Measured[]): Family[] {
  const labels = ({ device, fstype, mountpoint }: Mount): Label[] => [
    ['device', device],
    ['fstype', fstype],
    ['mountpoint', mountpoint],
  ];
  const gauge = (name: string, help: string, value: (mount: Mount, usage: Usage | undefined) => number): Family => ({
    name: `node_filesystem_${name}`,
    help,
    type: 'gauge',
    samples: measured.map(([mount, usage]) => ({ labels: labels(mount), value: value(mount, usage) })),
  });
  return [
    ...USAGE.map(([name, help, value]) =>
      gauge(name, help, (_, usage) => (usage === undefined ? Number.NaN : value(usage))),
    ),
    gauge('readonly', 'Filesystem read-only status.', (mount) => (mount.readOnly ? 1 : 0)),
    gauge('device_error', 'Whether an error occurred while getting statistics for the given device.', (_, usage) =>
      usage === undefined ? 1 : 0,
    ),
  ];
}
