// SPDX-License-Identifier: MIT
// See svg.h.
#include "report/svg.h"
#include "support/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// Classes: t.. texts, b box, h0-h5 share of the time, p0-p3 phases, m.. memory, a.. arrows.
static const char style[] =
    "text{font-family:ui-sans-serif,system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    "font-size:10px;fill:#1f2328}\n"
    ".th{font-size:20px;font-weight:600}.ts{font-size:12px;fill:#59636e}\n"
    ".tc{font-size:13px;font-weight:600}.tn{font-size:11px;font-weight:600}\n"
    ".tm{fill:#59636e}.tf{fill:#3d444d}.tr{fill:#59636e;text-anchor:end}.tp{font-weight:600;text-"
    "anchor:end}\n"
    ".tv{font-size:9px;fill:#59636e}\n"
    ".tl{font-size:9px;fill:#fff}\n"
    ".page{fill:#fff}.band{fill:#f6f8fa}.grid{stroke:#d1d9e0;stroke-width:.6}\n"
    ".h0,.h1,.h2,.h3,.h4,.h5{stroke:#b7c0c9;stroke-width:.8}\n"
    ".h0{fill:#fff}.h1{fill:#fff8e6}.h2{fill:#ffefc7}.h3{fill:#ffdf9b}.h4{fill:#ffca6b}"
    ".h5{fill:#ffb13d}\n"
    ".p0{fill:#8250df}.p1{fill:#0969da}.p2{fill:#1a7f37}.p3{fill:#bf3989}.bar{fill:#bc4c00}\n"
    ".mf{fill:#0969da}.mx{fill:#bc4c00}.mw{fill:#bf3989}.mr{fill:#8c959f;fill-opacity:.25}\n"
    ".mf,.mx,.mw{stroke:#fff;stroke-width:.8;fill-opacity:.85}\n"
    ".af,.ak,.aw{fill:none;stroke-width:1.2}.af{stroke:#8c959f}.ak{stroke:#1b7c83}\n"
    ".aw{stroke:#a475f9;stroke-dasharray:3 2}\n"
    ".ef{fill:#8c959f}.ek{fill:#1b7c83}.ew{fill:#a475f9}\n"
    ".k:hover rect{stroke:#0969da}.k:hover path{stroke-width:2.4}\n"
    "@media (prefers-color-scheme:dark){\n"
    "text{fill:#e6edf3}.ts,.tm,.tr,.tv{fill:#9198a1}.tf{fill:#c4cbd3}.tl{fill:#fff}\n"
    ".page{fill:#0d1117}.band{fill:#151b23}.grid{stroke:#3d444d}\n"
    ".h0,.h1,.h2,.h3,.h4,.h5{stroke:#4b535d}\n"
    ".h0{fill:#1c232c}.h1{fill:#2d271b}.h2{fill:#423416}.h3{fill:#5a4411}.h4{fill:#75560b}"
    ".h5{fill:#936a05}\n"
    ".p0{fill:#a371f7}.p1{fill:#4493f8}.p2{fill:#3fb950}.p3{fill:#db61a2}.bar{fill:#f0883e}\n"
    ".mf{fill:#1f6feb}.mx{fill:#bd561d}.mw{fill:#bf4b8a}\n"
    ".mf,.mx,.mw{stroke:#0d1117}\n"
    ".af{stroke:#6e7681}.ak{stroke:#39c5cf}.aw{stroke:#8957e5}\n"
    ".ef{fill:#6e7681}.ek{fill:#39c5cf}.ew{fill:#8957e5}\n"
    "}\n";

Svg *svg_new(Arena *a) {
    Svg *s = ARENA_NEW(a, Svg);
    s->a = a;
    s->f = open_memstream(&s->body, &s->length);
    return s->f ? s : NULL;
}

static void put_text(FILE *f, Arena *a, const char *text) {
    for (const char *c = text_printable(a, text, strlen(text), 1 << 20); *c; c++) {
        if (!strncmp(c, "\xef\xbf\xbe", 3) || !strncmp(c, "\xef\xbf\xbf", 3)) { // no XML
            fputs("\xef\xbf\xbd", f);
            c += 2;
            continue;
        }
        const char *entity = *c == '&'   ? "&amp;"
                             : *c == '<' ? "&lt;"
                             : *c == '>' ? "&gt;"
                             : *c == '"' ? "&quot;"
                                         : NULL;
        if (entity)
            fputs(entity, f);
        else
            fputc(*c, f);
    }
}

static void put_marker(FILE *f, char kind) {
    fprintf(f,
            "<marker id=\"arrow-%c\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" "
            "markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0.5L8 4L0 7.5z\" class=\"e%c\"/>"
            "</marker>\n",
            kind, kind);
}

const char *svg_finish(Svg *s, const char *title) {
    fclose(s->f);
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) return "";
    fprintf(f,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
            s->width, s->height, s->width, s->height);
    put_text(f, s->a, title);
    fprintf(f, "</title>\n<style>\n%s</style>\n<defs>\n", style);
    for (const char *kind = "fkw"; *kind; kind++) put_marker(f, *kind);
    fprintf(f, "</defs>\n<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n%s</svg>\n",
            s->body);
    fclose(f);
    const char *copy = arena_strndup(s->a, text, size);
    free(text);
    free(s->body);
    return copy;
}

void svg_rect(Svg *s, double x, double y, double w, double h, double radius, const char *class) {
    fprintf(s->f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", x, y, w, h);
    if (radius > 0) fprintf(s->f, " rx=\"%.1f\"", radius);
    fprintf(s->f, " class=\"%s\"/>\n", class);
}

void svg_text(Svg *s, double x, double y, const char *class, const char *text) {
    fprintf(s->f, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    put_text(s->f, s->a, text);
    fputs("</text>\n", s->f);
}

void svg_text_turned(Svg *s, double x, double y, double degrees, const char *class,
                     const char *text) {
    fprintf(s->f, "<text transform=\"translate(%.1f %.1f) rotate(%.0f)\" class=\"%s\">", x, y,
            degrees, class);
    put_text(s->f, s->a, text);
    fputs("</text>\n", s->f);
}

void svg_arrow(Svg *s, const double from[2], const double to[2], const double bend[4], char kind) {
    fprintf(s->f,
            "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" class=\"a%c\" "
            "marker-end=\"url(#arrow-%c)\"/>\n",
            from[0], from[1], from[0] + bend[0], from[1] + bend[1], to[0] - bend[2],
            to[1] - bend[3], to[0], to[1], kind, kind);
}

void svg_line(Svg *s, double x0, double y0, double x1, double y1, const char *class) {
    fprintf(s->f, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x0, y0,
            x1, y1, class);
}

void svg_begin(Svg *s, const char *class, const char *title) {
    fprintf(s->f, "<g class=\"%s\"><title>", class);
    // Lines of a title are kept: each is escaped for itself, as control characters are shown.
    for (const char *end; *title; title = *end ? end + 1 : end) {
        end = title + strcspn(title, "\n");
        put_text(s->f, s->a, arena_strndup(s->a, title, (size_t)(end - title)));
        if (*end) fputc('\n', s->f);
    }
    fputs("</title>\n", s->f);
}

void svg_end(Svg *s) {
    fputs("</g>\n", s->f);
}

// About what faces of this kind take, in parts of the size.
static double width_of(unsigned char c) {
    if (strchr("iljtfrI.,:;'|/()[]!- ", c)) return 0.33;
    if (strchr("mwMW@%", c)) return 0.87;
    return isupper(c) ? 0.68 : c < 0x80 ? 0.56 : 0.62;
}

const char *svg_fit(Arena *a, const char *text, double width, double size) {
    const char *shown = text_printable(a, text, strlen(text), 1 << 20);
    double at = 0, ellipsis = 1.0 * size;
    size_t kept = 0;
    for (const char *c = shown; *c;) {
        double w = width_of((unsigned char)*c) * size;
        if (at + w > width) return arena_printf(a, "%.*s\xe2\x80\xa6", (int)kept, shown);
        at += w;
        do c++;
        while ((*c & 0xc0) == 0x80);
        if (at + ellipsis <= width) kept = (size_t)(c - shown);
    }
    return shown;
}
