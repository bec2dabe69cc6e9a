import type { ServiceMapAnswer } from '@trilith/contract';
import { mapDot } from './mapDot.ts';

/** Saves the map as data: nodes and calls with their figures. */
export function saveJson({ nodes, edges, sampled }: ServiceMapAnswer): void {
  save('service-map.json', 'application/json', JSON.stringify({ nodes, edges, sampled }, null, 2));
}

/** Saves the map in Graphviz's language. */
export function saveDot(map: ServiceMapAnswer): void {
  save('service-map.dot', 'text/vnd.graphviz', mapDot(map));
}

/** Saves the drawing as it is on the page. */
export function saveSvg(): void {
  const drawing = document.querySelector('.map-graph svg');
  if (drawing === null) return;
  const copy = drawing.cloneNode(true);
  if (!(copy instanceof SVGElement)) return;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('font-family', 'system-ui, sans-serif');
  save('service-map.svg', 'image/svg+xml', new XMLSerializer().serializeToString(copy));
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
