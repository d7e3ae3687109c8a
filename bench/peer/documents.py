"""The form of the job drawn, signed twice and verified by libraries that others would take.

    documents.py weasyprint|reportlab|verify FOLDER SECONDS

Warm, in one process: fonts, styles, keys and pictures are read once. Prints one line of JSON with the CPU time
(user and system) of as many documents as fit into the seconds. Whatever may be done before is not counted:
opinion and date are part of the drawing, since text in a signature's appearance would cost pyHanko more.
"""

import asyncio
import io
import json
import pathlib
import re
import sys
import time

from asn1crypto import keys, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

FONTS = pathlib.Path(__file__).parents[2] / "documents" / "fonts"
MM = 72 / 25.4
WARM = 3
STAMPS = 2


class Job:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        told = json.loads((self.folder / "job.json").read_text())
        self.forms, self.boxes, self.seals = told["forms"], told["boxes"], told["seals"]
        self.opinion, self.signer, self.date = told["opinion"], told["signer"], told["date"]
        self.root = x509.Certificate.load(bytes(told["root"]))

    def stamped(self, box):
        return box in [seal["slot"] for seal in self.seals[:STAMPS]]


def answers(form):
    return {field["key"]: field["text"] for field in form["fields"]}


def agency(form, box):
    return next(slot["agency"] for slot in form["slots"] if slot["id"] == box)


def ticks(form):
    return [f"{c['label']}（{'√' if c['ticked'] else '　'}）" for c in form["categories"]]


ROWS = [("单位推荐<br/>意　见", 62), ("县区委<br/>网信办、<br/>县文明办<br/>审核意见", 76), ("市委网信办、<br/>市文明办<br/>意　见", 76)]
NOTE = (
    "注：1.请在网站平台或账号类别选项内打“√”，“其他”请在括弧内注明具体类型。2.网站备案号、网站经营许可证号账号不用填写。"
    "3.县区委网信办和县区文明办需对推荐的网站平台、账号进行审核并盖章。"
)


def foot(form):
    return [f"表单编号 {form['form_code']}　第{form['round']}次提交", f"回执 {form['receipt']}", "扫码核验电子签章"]


# ---- WeasyPrint -------------------------------------------------------------------------------


class WeasyPrint:
    STYLE = """
    @font-face { font-family: fang; src: url(%(fonts)s/FandolFang-Regular.otf) }
    @font-face { font-family: song; src: url(%(fonts)s/NotoSerifSC-Regular.otf) }
    @font-face { font-family: title; src: url(%(fonts)s/NotoSerifSC-Title.ttf) }
    @font-face { font-family: hei; src: url(%(fonts)s/NotoSansSC-Regular.otf) }
    @page { size: A4; margin: 20mm 25mm 24mm;
      @bottom-left { content: element(foot); vertical-align: middle; width: 60mm }
      @bottom-center { content: "— " counter(page) " —"; font: 10pt song }
      @bottom-right { content: element(code); text-align: right; width: 60mm } }
    body { font: 12pt/1.4 fang; margin: 0 }
    #foot { position: running(foot); font: 8pt song; color: #595959; text-align: left }
    #code { position: running(code) } #code svg { width: 18mm; height: 18mm }
    .label { font: 14pt hei; margin: 0 } h1 { font: 20pt title; text-align: center; margin: 8pt 0 10pt }
    table { width: 160mm; border-collapse: collapse; table-layout: fixed }
    td, th { border: .6pt solid; padding: 6pt 5pt; font-weight: normal }
    th { font-family: song; text-align: center; width: 28mm; padding: 6pt 0 }
    td.long { vertical-align: top } td.long div { font-size: 10.5pt; text-align: justify; text-indent: 2em }
    td.boxes { padding: 2pt } .box { display: inline-block; vertical-align: top; position: relative }
    .box small { font: 8pt song; color: #666; display: block; padding: 3pt }
    .box p { margin: 0 3pt; text-indent: 2em }
    .box .seal { position: absolute; bottom: 20mm; width: 100%%; text-align: center; font: 11pt song }
    .box .date { position: absolute; bottom: 11mm; width: 100%%; text-align: center; font: 11pt song }
    .box .who { position: absolute; bottom: 2mm; left: 4pt; font-size: 8pt }
    .break { break-before: page } .note { font-size: 10pt }
    """

    def __init__(self, job):
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        self.job, self.html = job, weasyprint.HTML
        self.fonts = FontConfiguration()
        style = self.STYLE % {"fonts": FONTS.as_uri()}
        self.style = weasyprint.CSS(string=style, font_config=self.fonts)

    def box(self, form, box, share):
        opinion = ""
        if self.job.stamped(box):
            opinion = f"<p>{self.job.opinion}</p><div class=who>签批：{self.job.signer}</div>"
        date = self.job.date if self.job.stamped(box) else "年　　月　　日"
        return (
            f"<div class=box style='width:{128 / share}mm;height:100%'><small>{agency(form, box)}</small>{opinion}"
            f"<div class=seal>盖　章</div><div class=date>{date}</div></div>"
        )

    def draw(self, form):
        a, row = answers(form), []
        for (label, height), boxes in zip(ROWS, ([1], [2, 3], [4, 5])):
            ids = [self.job.boxes[n - 1]["id"] for n in boxes]
            cells = "".join(self.box(form, box, len(ids)) for box in ids)
            row.append(f"<tr><th>{label}<td class=boxes><div style='height:{height}mm'>{cells}</div>")
        qr = form["qr_svg"][form["qr_svg"].index("<svg") :]
        long = lambda key, height: f"<td class=long colspan=3><div style='height:{height}mm'>{a[key]}</div>"
        text = f"""<!DOCTYPE html><html lang=zh><title>{form['title']}</title>
        <div id=foot>{'<br>'.join(foot(form))}</div><div id=code>{qr}</div>
        <p class=label>附件</p><h1>{form['title']}</h1>
        <table><colgroup><col style="width:28mm"><col><col style="width:28mm"><col></colgroup>
        <tr><th>网站平台或<br>账号名称<td>{a['name']}<th>网站平台域<br>名或账号ID<td>{a['domain_or_id']}
        <tr><th rowspan=2>类　别<td rowspan=2>{'<br>'.join(ticks(form))}<th>网站备案号<td>（账号不填）
        <tr><th>网站经营<br>许可证号<td>（账号不填）
        <tr><th>主办单位<td>{a['host_unit']}<th>通信地址<br>邮政编码<td>{a['address']}<br>{a['postcode']}
        <tr><th rowspan=3>负责人<br>（联系人）<td rowspan=3>{a['contact']}<th>电　话<td>{a['telephone']}
        <tr><th>手机号码<td>{a['mobile']}<tr><th>电子邮箱<td>{a['email']}
        <tr><th>网站平台或<br>账号主要<br>情　况<br>（可另附页）{long('details', 42)}
        <tr><th>网站平台或<br>账号主要<br>情　况<br>（1500字）{long('summary', 84)}
        </table><table class=break><colgroup><col style="width:28mm"><col></colgroup>{''.join(row)}</table>
        <p class=note>{NOTE}</p></html>"""
        return self.html(string=text).write_pdf(stylesheets=[self.style], font_config=self.fonts)


# ---- ReportLab --------------------------------------------------------------------------------


class ReportLab:
    """All in one face: ReportLab embeds fonts with TrueType outlines only."""

    def __init__(self, job):
        from reportlab.lib.enums import TA_CENTER
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.pdfbase import pdfmetrics, ttfonts

        pdfmetrics.registerFont(ttfonts.TTFont("song", str(FONTS / "NotoSerifSC-Title.ttf")))
        base = {"fontName": "song", "wordWrap": "CJK"}
        self.job = job
        self.text = ParagraphStyle("text", fontSize=12, leading=17, **base)
        self.head = ParagraphStyle("head", parent=self.text, alignment=TA_CENTER)
        self.long = ParagraphStyle("long", fontSize=10.5, leading=15, firstLineIndent=21, **base)
        self.title = ParagraphStyle("title", fontSize=20, leading=26, alignment=TA_CENTER, spaceAfter=10, **base)
        self.label = ParagraphStyle("label", fontSize=14, leading=18, **base)
        self.note = ParagraphStyle("note", fontSize=10, leading=14, **base)
        self.small = ParagraphStyle("small", fontSize=8, leading=10, textColor="#666666", **base)
        grid = [("GRID", (0, 0), (-1, -1), 0.6, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        spans = [("SPAN", (0, 1), (0, 2)), ("SPAN", (1, 1), (1, 2)), ("SPAN", (0, 4), (0, 6)), ("SPAN", (1, 4), (1, 6))]
        longs = [("SPAN", (1, n), (3, n)) for n in (7, 8)] + [("VALIGN", (1, n), (3, n), "TOP") for n in (7, 8)]
        self.first, self.second = grid + spans + longs, grid

    def foot(self, form):
        moves = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", form["qr_svg"])
        size = int(re.search(r'viewBox="0 0 (\d+)', form["qr_svg"])[1])

        def draw(canvas, document):
            canvas.setFont("song", 8)
            for n, line in enumerate(foot(form)):
                canvas.drawString(25 * MM, (14 - 4 * n) * MM, line)
            canvas.setFont("song", 10)
            canvas.drawCentredString(105 * MM, 10 * MM, f"— {document.page} —")
            canvas.saveState()
            canvas.translate(167 * MM, 20 * MM)
            canvas.scale(18 * MM / size, -18 * MM / size)
            path = canvas.beginPath()
            for x, y, width, height in moves:
                path.rect(int(x), int(y), int(width), int(height))
            canvas.drawPath(path, stroke=0, fill=1)
            canvas.restoreState()
            if document.page == 2:
                for box in self.job.boxes:
                    self.box(canvas, form, box)

        return draw

    def box(self, canvas, form, box):
        from reportlab.platypus import Paragraph

        x, middle, top = box["x"], box["x"] + box["width"] / 2, box["y"] + box["height"]
        small = Paragraph(agency(form, box["id"]), self.small)
        _, height = small.wrap(box["width"] - 6, 100)
        small.drawOn(canvas, x + 3, top - 3 - height)
        canvas.setFont("song", 11)
        canvas.drawCentredString(middle, box["y"] + 21 * MM, "盖　章")
        stamped = self.job.stamped(box["id"])
        canvas.drawCentredString(middle, box["y"] + 12 * MM, self.job.date if stamped else "年　　月　　日")
        if stamped:
            opinion = Paragraph(self.job.opinion, self.long)
            _, tall = opinion.wrap(box["width"] - 8, 200)
            opinion.drawOn(canvas, x + 4, top - 13 - height - tall)
            canvas.setFont("song", 8)
            canvas.drawString(x + 4, box["y"] + 2 * MM, f"签批：{self.job.signer}")

    def draw(self, form):
        from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

        a = answers(form)
        head = lambda text: Paragraph(text, self.head)
        told = lambda text: Paragraph(text, self.text)
        long = lambda key: [Paragraph(a[key], self.long), "", ""]
        blank = told("（账号不填）")
        rows = [
            [head("网站平台或<br/>账号名称"), told(a["name"]), head("网站平台域<br/>名或账号ID"), told(a["domain_or_id"])],
            [head("类　别"), told("<br/>".join(ticks(form))), head("网站备案号"), blank],
            ["", "", head("网站经营<br/>许可证号"), blank],
            [head("主办单位"), told(a["host_unit"]), head("通信地址<br/>邮政编码"), told(f"{a['address']}<br/>{a['postcode']}")],
            [head("负责人<br/>（联系人）"), told(a["contact"]), head("电　话"), told(a["telephone"])],
            ["", "", head("手机号码"), told(a["mobile"])],
            ["", "", head("电子邮箱"), told(a["email"])],
            [head("网站平台或<br/>账号主要<br/>情　况<br/>（可另附页）"), *long("details")],
            [head("网站平台或<br/>账号主要<br/>情　况<br/>（1500字）"), *long("summary")],
        ]
        heights = [None] * 7 + [45 * MM, 78 * MM]
        first = Table(rows, [28 * MM, 52 * MM, 28 * MM, 52 * MM], heights, style=self.first)
        boxes = [[head(label), ""] for label, _ in ROWS]
        second = Table(boxes, [28 * MM, 132 * MM], [height * MM for _, height in ROWS], style=self.second)
        story = [Paragraph("附件", self.label), Paragraph(form["title"], self.title), first, PageBreak()]
        out, drawn = io.BytesIO(), self.foot(form)
        margins = {"leftMargin": 19 * MM, "rightMargin": 19 * MM, "topMargin": 18 * MM, "bottomMargin": 22 * MM}
        document = SimpleDocTemplate(out, pagesize=(595.28, 841.89), title=form["title"], **margins)
        document.build([*story, second, Paragraph(NOTE, self.note)], onFirstPage=drawn, onLaterPages=drawn)
        return out.getvalue()


# ---- pyHanko ----------------------------------------------------------------------------------


def seals(job):
    """The very seals of the form that this project stamped, as content that pyHanko may place: paths, read once."""
    reader = PdfFileReader(io.BytesIO((job.folder / "two.pdf").read_bytes()))
    drawn = {}
    for reference in reader.root["/AcroForm"]["/Fields"]:
        field = reference.get_object()
        resources = field["/AP"]["/N"].get("/Resources", {})
        if "/Seal" in resources.get("/XObject", {}):
            drawn[field["/T"]] = resources["/XObject"]["/Seal"].data
    return drawn


class Signing:
    """Two signatures into prepared fields, each an incremental update as PAdES asks for."""

    def __init__(self, job):
        self.job = job
        self.signers = [self.signer(seal) for seal in job.seals[:STAMPS]]
        self.fields = [seal["slot"] for seal in job.seals[:STAMPS]]
        self.seals, self.side = seals(job), BoxConstraints(width=42 * MM, height=42 * MM)

    def signer(self, seal):
        key = ec.derive_private_key(int.from_bytes(bytes(seal["secret"]), "big"), ec.SECP256R1())
        form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return signers.SimpleSigner(
            signing_cert=x509.Certificate.load(bytes(seal["certificate"])),
            signing_key=keys.PrivateKeyInfo.load(key.private_bytes(*form)),
            cert_registry=SimpleCertificateStore.from_certs([self.job.root]),
        )

    async def sign(self, pdf):
        for n, (field, signer) in enumerate(zip(self.fields, self.signers)):
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
            if n == 0:
                # the boxes come with the first signature, one update less than here
                for box in self.job.boxes:
                    x, y, right, top = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
                    place = tuple(round(v) for v in (x, y, right, top))
                    fields.append_signature_field(writer, fields.SigFieldSpec(box["id"], on_page=box["page"] - 1, box=place))
            said = signers.PdfSignatureMetadata(
                field_name=field, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, reason="审核"
            )
            style = StaticStampStyle(border_width=0, background=RawContent(self.seals[field], box=self.side), background_opacity=0.92)
            signing = signers.PdfSigner(said, signer, stamp_style=style)
            # with room given, pyHanko need not sign once to measure
            done = await signing.async_sign_pdf(writer, existing_fields_only=True, bytes_reserved=8192)
            pdf = done.getvalue()
        return pdf


async def draw(job, drawing, seconds):
    signing, count = Signing(job), 0
    for n in range(WARM):
        pdf = await signing.sign(drawing.draw(job.forms[n]))
    (job.folder / f"{type(drawing).__name__.lower()}.pdf").write_bytes(pdf)
    start = time.process_time()
    while time.process_time() - start < seconds:
        pdf = await signing.sign(drawing.draw(job.forms[count % len(job.forms)]))
        count += 1
    whole, start = time.process_time() - start, time.process_time()
    for n in range(count):
        drawing.draw(job.forms[n % len(job.forms)])
    return {"documents": count, "cpu_seconds": whole, "render_seconds": time.process_time() - start, "bytes": len(pdf)}


async def verify(job, seconds):
    pdf = (job.folder / "five.pdf").read_bytes()

    async def valid():
        known = ValidationContext(trust_roots=[job.root], allow_fetching=False)
        found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        status = [await async_validate_pdf_signature(signature, known) for signature in found]
        assert len(status) == 5 and all(s.bottom_line for s in status), status

    for _ in range(WARM):
        await valid()
    start, count = time.process_time(), 0
    while time.process_time() - start < seconds:
        await valid()
        count += 1
    return {"documents": count, "cpu_seconds": time.process_time() - start}


if __name__ == "__main__":
    what, folder, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    job = Job(folder)
    drawings = {"weasyprint": WeasyPrint, "reportlab": ReportLab}
    work = draw(job, drawings[what](job), seconds) if what in drawings else verify(job, seconds)
    print(json.dumps(asyncio.run(work)))
