import { type Labels, labelValue } from './labels.ts';

/** Labels that name the service a log stream comes from, the best first: Loki's `discover_service_name`. */
const SERVICE_LABELS = [
  'service_name',
  'service',
  'app',
  'application',
  'name',
  'app_kubernetes_io_name',
  'container',
  'container_name',
  'k8s_container_name',
  'component',
  'workload',
  'job',
] as const;

/** Loki's word for a stream without any of them. */
export const UNKNOWN_SERVICE = 'unknown_service';

/** The service a stream's labels name. */
export function serviceOf(labels: Labels): string {
  for (const name of SERVICE_LABELS) {
    const value = labelValue(labels, name);
    if (value !== '') return value;
  }
  return UNKNOWN_SERVICE;
}
