/** The host's own metrics, under node_exporter's names. */
export { createNodeExporter } from './exporter.ts';
