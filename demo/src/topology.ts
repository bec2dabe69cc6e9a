/** The services of the demo, each a process of its own, and where they listen: the base port and one more for each. */
export const SERVICES = [
  'payments-api',
  'antifraud-service',
  'fraud-consumer',
  'ledger',
  'notifications',
  'load-generator',
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** 18080 is the control port, 18081 payments-api and so on. */
export const DEFAULT_BASE_PORT = 18_080;

export function portOf(service: ServiceName, basePort: number): number {
  return basePort + 1 + SERVICES.indexOf(service);
}

export function urlOf(service: ServiceName, basePort: number): string {
  return `http://127.0.0.1:${portOf(service, basePort)}`;
}

/** The stub of people and channels listens behind the services. */
export function receiverPort(basePort: number): number {
  return basePort + 1 + SERVICES.length;
}

/** `job` of each service's metrics, as the rules of our users name them. */
export const JOBS: Readonly<Record<ServiceName, string>> = {
  'payments-api': 'payments',
  'antifraud-service': 'antifraud',
  'fraud-consumer': 'kafka',
  ledger: 'postgres',
  notifications: 'rabbitmq',
  'load-generator': 'load',
};

/** The demo's scrape configuration; `demo/prometheus.yml` is this for the default ports. */
export function prometheusConfig(basePort: number): string {
  const jobs = SERVICES.map(
    (service) => `  - job_name: ${JOBS[service]}
    static_configs:
      - targets: ["127.0.0.1:${portOf(service, basePort)}"]
        labels: { service: ${service}, namespace: prod }
`,
  );
  return `# The targets of \`npm run demo\`. Give it to Trilith as TRILITH_PROMETHEUS_CONFIG (the demo does when it starts Trilith).
global:
  scrape_interval: 5s
  evaluation_interval: 15s
scrape_configs:
${jobs.join('')}`;
}
