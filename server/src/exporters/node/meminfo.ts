import { type Family, single } from './families.ts';

/** /proc/meminfo (proc_meminfo(5)): every line is a gauge, sizes in bytes. */
export function parseMeminfo(text: string): Family[] {
  const families: Family[] = [];
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z0-9_()]+):\s+(\d+)( kB)?$/.exec(line);
    if (match === null) continue;
    const [, field = '', value = '', unit] = match;
    // Active(anon) becomes Active_anon, as node_exporter has it.
    const name = `node_memory_${field.replace(/\((.*)\)/, '_$1')}${unit === undefined ? '' : '_bytes'}`;
    families.push(
      single(name, `Memory information field ${field}.`, 'gauge', Number(value) * (unit === undefined ? 1 : 1024)),
    );
  }
  return families;
}

/** Total and free memory where there is no /proc. */
export function memoryFallback(total: number, free: number): Family[] {
  return [
    single('node_memory_MemTotal_bytes', 'Memory information field MemTotal.', 'gauge', total),
    single('node_memory_MemFree_bytes', 'Memory information field MemFree.', 'gauge', free),
    single('node_memory_MemAvailable_bytes', 'Memory information field MemAvailable.', 'gauge', free),
  ];
}
