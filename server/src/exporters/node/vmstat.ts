import { type Family, single } from './families.ts';

/** Paging, faults and the out-of-memory killer (node_exporter's default fields). */
const FIELDS = /^(oom_kill|pgpg|pswp|pg.*fault)/;

/** /proc/vmstat. */
export function parseVmstat(text: string): Family[] {
  return text.split('\n').flatMap((line) => {
    const [field = '', value = ''] = line.split(' ');
    if (!FIELDS.test(field)) return [];
    return [single(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`, 'untyped', Number(value))];
  });
}

/** /proc/sys/fs/file-nr: open files, and how many there may be. */
export function parseFileNr(text: string): Family[] {
  const [allocated, , maximum] = text.trim().split(/\s+/).map(Number);
  return [
    single('node_filefd_allocated', 'File descriptor statistics: allocated.', 'gauge', allocated ?? Number.NaN),
    single('node_filefd_maximum', 'File descriptor statistics: maximum.', 'gauge', maximum ?? Number.NaN),
  ];
}
