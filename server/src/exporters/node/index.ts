/** The host's own metrics, under node_exporter's names. */
export { createNodeExporter, type NodeExporter, type NodeExporterOptions } from './exporter.ts';
