import { useEffect, useState } from 'react';
import type { PictureText, TextLine } from '../../../tasks';
import { strangersText } from '../../shared/format';
import { useWords } from '../page';

/** A picture, and over it the text that was read, where it stands. */
export function PictureWithText({
    picture,
    name,
    text,
}: {
    readonly picture: Blob;
    readonly name: string;
    readonly text: PictureText | undefined;
}) {
    const { say } = useWords();
    const url = useObjectUrl(picture);
    const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
    const [over, setOver] = useState(true);
    const lines = text?.lines ?? [];
    return (
        <figure className="picture">
            <div className={text === undefined ? 'canvas waiting' : 'canvas'}>
                {url !== undefined && (
                    <img
                        src={url}
                        alt={say('pictureOf', { name: strangersText(name, 80) })}
                        onLoad={({ currentTarget }) => {
                            const { naturalWidth: width, naturalHeight: height } = currentTarget;
                            setSize({ width, height });
                        }}
                    />
                )}
                {size !== undefined && over && lines.length > 0 && (
                    // Read aloud it is below, as text.
                    <svg
                        className="overlay"
                        viewBox={`0 0 ${size.width} ${size.height}`}
                        aria-hidden="true"
                    >
                        {lines.map((line, index) => (
                            <Line key={index} line={line} />
                        ))}
                    </svg>
                )}
            </div>
            {lines.length > 0 && (
                <label className="switch">
                    <input
                        type="checkbox"
                        checked={over}
                        onChange={({ target }) => setOver(target.checked)}
                    />
                    {say('showText')}
                </label>
            )}
        </figure>
    );
}

/** A line as wide as it stands in the picture, along its own direction. */
function Line({ line: { text, box } }: { readonly line: TextLine }) {
    const [start, end, , below] = box;
    const width = Math.hypot(end.x - start.x, end.y - start.y);
    const height = Math.hypot(below.x - start.x, below.y - start.y);
    const angle = (Math.atan2(end.y - start.y, end.x - start.x) * 180) / Math.PI;
    return (
        <g transform={`translate(${start.x} ${start.y}) rotate(${angle})`}>
            <rect width={width} height={height} rx={height / 8} />
            <text
                x={width * 0.02}
                y={height * 0.8}
                fontSize={height * 0.92}
                textLength={width * 0.96}
                lengthAdjust="spacingAndGlyphs"
            >
                {strangersText(text, 500)}
            </text>
        </g>
    );
}

function useObjectUrl(blob: Blob): string | undefined {
    const [url, setUrl] = useState<string>();
    useEffect(() => {
        const made = URL.createObjectURL(blob);
        setUrl(made);
        return () => URL.revokeObjectURL(made);
    }, [blob]);
    return url;
}
