import { useElementSize } from '@mantine/hooks';
import { IconArrowBackUp, IconFocusCentered, IconMinus, IconPlus } from '@tabler/icons-react';
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../app/IconButton.tsx';
import { useTheme } from '../chart/tokens.ts';
import { type Camera, cameraAround, zoomed } from './camera.ts';
import { type Layout, layered, type Placed, type Point, ringed } from './layout.ts';
import { MapEdgeLine } from './MapEdgeLine.tsx';
import { MapNodeBox } from './MapNodeBox.tsx';
import { mapColors } from './mapColors.ts';
import type { NodeAlerts } from './nodeAlerts.ts';
import { keepPlaces, noPlaces, readPlaces } from './places.ts';
import type { VisibleMap } from './visible.ts';

interface Props {
  readonly map: VisibleMap;
  /** By service. */
  readonly alerts: ReadonlyMap<string, NodeAlerts>;
  readonly layout: Layout;
  readonly focus: string | null;
  readonly selected: string | null;
  /** Text nodes are searched for; those without it are dimmed. */
  readonly search: string;
  readonly onSelect: (id: string | null) => void;
}

/** With more calls than this their figures show only at the node that is chosen. */
const mostLabels = 24;
const dragPx = 4;
/** Names can be read down to it; a map that is larger begins with its middle. */
const readableScale = 0.5;

type Drag =
  | { readonly kind: 'pan'; readonly startX: number; readonly startY: number; readonly camera: Camera }
  | {
      readonly kind: 'node';
      readonly id: string;
      readonly startX: number;
      readonly startY: number;
      readonly at: Point;
    };

/** The map as a drawing: wheel and buttons zoom, dragging the ground pans, dragging a node moves it for good. */
export function MapGraph({ map, alerts, layout, focus, selected, search, onSelect }: Props) {
  const { t } = useTranslation();
  const colors = mapColors(useTheme());
  const { ref: sizeRef, width, height } = useElementSize();
  const svg = useRef<SVGSVGElement>(null);
  const [moved, setMoved] = useState(readPlaces);
  const [camera, setCamera] = useState<Camera | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const wasDragged = useRef(false);
  const placed = usePlaced(map, layout, focus);
  const placeOf = (id: string): Point => moved.get(`${layout}/${id}`) ?? placed.nodes.get(id) ?? { x: 0, y: 0 };
  const all = useMemo(() => [...placed.nodes.values()], [placed]);
  const first = useMemo(() => cameraAround(all, width, height, readableScale), [all, width, height]);
  const shown = camera ?? first;
  const words = search.trim().toLowerCase();
  const found = (name: string): boolean => words === '' || name.toLowerCase().includes(words);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another drawing is looked at from where it fits.
  useEffect(() => setCamera(null), [placed]);
  useEffect(() => {
    const element = svg.current;
    if (element === null) return;
    // React's wheel listeners are passive; this one keeps the page from scrolling.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const at = { x: event.clientX - box.left, y: event.clientY - box.top };
      setCamera((last) => zoomed(last ?? first, Math.exp(-event.deltaY / 400), at));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [first]);

  const onMove = (event: PointerEvent): void => {
    if (drag === null) return;
    const dx = event.clientX - drag.startX;
    const dy = event.clientY - drag.startY;
    if (Math.hypot(dx, dy) > dragPx) wasDragged.current = true;
    if (!wasDragged.current) return;
    if (drag.kind === 'pan') setCamera({ ...drag.camera, x: drag.camera.x + dx, y: drag.camera.y + dy });
    else {
      const at = { x: drag.at.x + dx / shown.scale, y: drag.at.y + dy / shown.scale };
      setMoved(new Map([...moved, [`${layout}/${drag.id}`, at]]));
    }
  };
  const onUp = (): void => {
    if (drag?.kind === 'node' && wasDragged.current) keepPlaces(moved);
    else if (drag !== null && !wasDragged.current) onSelect(drag.kind === 'node' ? drag.id : null);
    setDrag(null);
  };
  const begin = (event: PointerEvent, id: string | null): void => {
    wasDragged.current = false;
    event.stopPropagation();
    svg.current?.setPointerCapture(event.pointerId);
    const start = { startX: event.clientX, startY: event.clientY };
    setDrag(id === null ? { kind: 'pan', ...start, camera: shown } : { kind: 'node', id, ...start, at: placeOf(id) });
  };
  const zoomBy = (factor: number): void => setCamera(zoomed(shown, factor, { x: width / 2, y: height / 2 }));
  const names = new Map(map.nodes.map((node) => [node.id, node.name]));
  const isMoved = (id: string): boolean => moved.has(`${layout}/${id}`);
  return (
    <div ref={sizeRef} className="map-graph">
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: its nodes are named buttons; a title would hang over all of it. */}
      <svg
        ref={svg}
        width={width}
        height={height}
        onPointerDown={(event) => begin(event, null)}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={() => setDrag(null)}
      >
        <g transform={`translate(${shown.x} ${shown.y}) scale(${shown.scale})`}>
          {map.edges.map((edge, at) => (
            <MapEdgeLine
              key={`${edge.from} ${edge.to} ${edge.kind}`}
              edge={edge}
              from={placeOf(edge.from)}
              to={placeOf(edge.to)}
              bends={isMoved(edge.from) || isMoved(edge.to) ? [] : (placed.bends[at] ?? [])}
              names={[names.get(edge.from) ?? edge.from, names.get(edge.to) ?? edge.to]}
              layout={layout}
              colors={colors}
              labelled={map.edges.length <= mostLabels || edge.from === selected || edge.to === selected}
              dimmed={selected !== null && edge.from !== selected && edge.to !== selected}
            />
          ))}
          {map.nodes.map((node) => (
            <MapNodeBox
              key={node.id}
              node={node}
              alerts={node.kind === 'service' ? alerts.get(node.name) : undefined}
              at={placeOf(node.id)}
              colors={colors}
              selected={node.id === selected}
              focused={node.id === focus}
              dimmed={!found(node.name)}
              onPointerDown={(event) => begin(event, node.id)}
              onOpen={() => onSelect(node.id)}
            />
          ))}
        </g>
      </svg>
      <div className="map-zoom">
        <IconButton label={t('serviceMap.zoomIn')} onClick={() => zoomBy(1.3)}>
          <IconPlus size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('serviceMap.zoomOut')} onClick={() => zoomBy(1 / 1.3)}>
          <IconMinus size={16} aria-hidden />
        </IconButton>
        <IconButton label={t('serviceMap.fit')} onClick={() => setCamera(cameraAround(all, width, height))}>
          <IconFocusCentered size={16} aria-hidden />
        </IconButton>
        {moved.size > 0 && (
          <IconButton
            label={t('serviceMap.resetPlaces')}
            onClick={() => {
              keepPlaces(noPlaces);
              setMoved(noPlaces);
            }}
          >
            <IconArrowBackUp size={16} aria-hidden />
          </IconButton>
        )}
      </div>
    </div>
  );
}

/** The drawing's places; new only when nodes, calls or the layout change, not with their figures. */
function usePlaced(map: VisibleMap, layout: Layout, focus: string | null): Placed {
  const structure = JSON.stringify([
    map.nodes.map(({ id }) => id),
    map.edges.map(({ from, to }) => [from, to]),
    layout,
    focus,
  ]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `structure` stands for everything the places depend on.
  return useMemo(() => {
    const ids = map.nodes.map(({ id }) => id);
    const busiest = map.nodes.toSorted((a, b) => b.rate - a.rate)[0]?.id ?? '';
    return layout === 'ring' ? ringed(ids, map.edges, focus ?? busiest) : layered(ids, map.edges, layout);
  }, [structure]);
}
