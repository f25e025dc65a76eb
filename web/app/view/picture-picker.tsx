import { type DragEvent, useState } from 'react';
import { useWords } from '../page';
import sample from '../../../examples/ocr/receipt.jpg?url';

/** Where a picture comes from: a file, the camera, another window, or the sample. */
export function PicturePicker({
    onPick,
}: {
    readonly onPick: (picture: Blob, name: string) => Promise<void>;
}) {
    const { say } = useWords();
    const [over, setOver] = useState(false);
    const [busy, setBusy] = useState(false);
    const pick = async (picture: Blob | undefined, name = '') => {
        if (picture === undefined || busy) return;
        setBusy(true);
        await onPick(picture, name);
        setBusy(false);
    };
    const drop = (event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer.files;
        void pick(file, file?.name);
    };
    const takeSample = async () => {
        const response = await fetch(sample);
        await pick(await response.blob(), 'receipt.jpg');
    };
    return (
        <section
            className={over ? 'card picker over' : 'card picker'}
            aria-labelledby="picker-title"
            aria-busy={busy}
            onDragOver={(event) => {
                event.preventDefault();
                setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
        >
            <h2 id="picker-title">{say('title')}</h2>
            <p className="soft">{say('intro')}</p>
            <div className="row">
                <FileButton label={say('choose')} primary onPick={pick} />
                <FileButton label={say('photograph')} camera onPick={pick} />
                <button type="button" onClick={() => void takeSample()}>
                    {say('sample')}
                </button>
                <span className="soft small drop-hint">{say('drop')}</span>
            </div>
        </section>
    );
}

function FileButton(props: {
    readonly label: string;
    readonly camera?: boolean;
    readonly primary?: boolean;
    readonly onPick: (file: File | undefined, name?: string) => Promise<void>;
}) {
    const { label, camera = false, primary = false, onPick } = props;
    return (
        <label className={`button file ${primary ? 'primary' : ''} ${camera ? 'camera' : ''}`}>
            {label}
            <input
                type="file"
                className="unseen"
                accept="image/*"
                {...(camera && { capture: 'environment' as const })}
                onChange={({ target }) => {
                    const file = target.files?.[0];
                    void onPick(file, file?.name).then(() => (target.value = ''));
                }}
            />
        </label>
    );
}
