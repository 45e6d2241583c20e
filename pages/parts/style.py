"""The one stylesheet: what the theme's settings cannot say. No value from data ever enters it."""

from __future__ import annotations

import streamlit as st

from analytics.look import FONT

_DRAWN = ", ".join(f'[style*="fill: rgb{tuple(bytes.fromhex(colour[1:]))}"]' for colour in FONT.values())
"""Texts of pictures in the page's own colour of either theme, as plotly writes it."""

CSS = """
<style>
[data-testid="stMain"] { scroll-padding-top: 4.5rem; }
.stApp { font-variant-numeric: tabular-nums; }
.stMainBlockContainer { max-width: 1500px; padding-top: 3.9rem; padding-bottom: 3rem; }
[data-testid="stText"] { font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
[class*="st-key-title"] [data-testid="stText"] { font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
[class*="st-key-page-name"] h1 { font-size: 1rem; padding: 0; margin: 0; line-height: 1.6; }
[class*="st-key-head"] [data-testid="stMarkdownContainer"] p { margin: 0; font-size: .8125rem; }
[class*="st-key-head"] [data-testid="stMarkdownContainer"] { margin: 0; }
[class*="st-key-empty"], [class*="st-key-problem"] { max-width: 46rem; }
[class*="st-key-sign-in"] { max-width: 28rem; margin: 14vh auto 0; }
[class*="st-key-finding-"] [data-testid="stText"], [class*="st-key-panel-"] > :first-child [data-testid="stText"] {
  font-weight: 600; line-height: 1.3; }
[class*="st-key-panel-"] > [data-testid="stElementContainer"] > [data-testid="stText"],
[class*="st-key-note-"] [data-testid="stText"], [class*="st-key-tile-"] [data-testid="stText"],
[class*="st-key-service-"] [data-testid="stText"] { font-size: .8125rem; line-height: 1.35; opacity: .78; }
[class*="st-key-reason-"] { border-left: 3px solid rgba(123, 132, 144, .5); padding-left: .9rem; }
[data-testid="stMetricLabel"] p { white-space: normal; overflow: visible; }
[class*="st-key-tile-absent-"] [data-testid="stMetricValue"] { font-size: 1.35rem; line-height: 2.05rem; }
:is([data-testid="stPopover"], [class*="st-key-foundation"], [class*="st-key-card-head"]) button {
  font-size: .8125rem; padding: 0 .4rem; min-height: 1.6rem; }
[data-testid="stHorizontalBlock"] > [data-testid="stLayoutWrapper"]:has(
  > * > :only-child > [data-testid="stPopover"]) { flex: 0 0 fit-content; }
[class*="st-key-cells"] a { padding: 0 .3rem; min-height: 1.5rem; }
[class*="st-key-unseen"] { display: none; }
[class*="st-key-sentence"] { min-height: 2.6rem; }
kbd[aria-label^="Shortcut"] { color: inherit; opacity: .8; }
[class*="st-key-operate"] { gap: 2rem; }
.st-key-services-meanings { display: none; }
[class*="st-key-services-head"] [data-testid="stText"] { font-size: .8125rem; opacity: .78; }
[class*="st-key-services-head"] [data-testid="stText"] > span { position: relative;
  text-decoration: underline dotted rgba(123, 132, 144, .8); text-underline-offset: .25em; }
[class*="st-key-services-head"] [data-testid="stText"] > span :is(span, label, button) {
  position: absolute; inset: 0; margin: 0; }
[class*="st-key-services-head"] [data-testid="stText"] svg { display: none; }
[class*="st-key-service-"]:not([class*="st-key-services"]) { border-top: 1px solid rgba(123, 132, 144, .22); }
[class*="st-key-services-head"], [class*="st-key-service-"] { display: grid; column-gap: 1rem; align-items: start;
  grid-template-columns: 2.5fr .85fr 1.4fr 1.4fr 1.4fr 1.15fr 1.15fr 1.15fr 1.35fr; }
[class*="st-key-service-"] { grid-template-rows: auto 1fr; grid-auto-flow: column; }
[class*="st-key-service"] > * { min-width: 0; }
[class*="st-key-service-"] > :is(:nth-child(4), :nth-child(11), :nth-child(12)) { grid-row: span 2; }
[class*="st-key-service-"] > :nth-child(1) { grid-area: 1 / 1; }
[class*="st-key-service-"] > :nth-child(2) { grid-area: 2 / 1; }
[class*="st-key-service-"] > :nth-child(3) { grid-area: 1 / 1 / span 2; }
[class*="st-key-service-"] > :is(:nth-child(13), :nth-child(14)) { grid-area: 1 / 8 / span 2; }
[class*="st-key-service-"] > :nth-child(15) { grid-area: 1 / 9 / span 2; }
[class*="st-key-service-"] > :is(:nth-child(3), :nth-child(14)) { z-index: 1; align-self: stretch; margin: 0; }
[class*="st-key-service-"] > :is(:nth-child(3), :nth-child(14)) :is(div, a) { height: 100%; }
[class*="st-key-service-"] > :is(:nth-child(3), :nth-child(14)) p { opacity: 0; }
[class*="st-key-service-"]:has(> :nth-child(3) a:is(:hover, :focus-visible)) > :nth-child(1) {
  text-decoration: underline; }
[class*="st-key-service-"] > :is(:nth-child(11), :nth-child(12)) [style*="font-size"] {
  display: block; font-size: .8125rem !important; line-height: 1.35; margin-top: -.2rem; opacity: .78; }
[class*="st-key-service-"] > :nth-child(15) p { font-size: .8125rem; opacity: .78; }
[class*="st-key-service-"] > :nth-child(1) [data-testid="stText"] {
  font-size: 1rem; font-weight: 600; line-height: 1.3; opacity: 1; }
[class*="st-key-service-"] > :nth-child(-n+2) :is([data-testid="stText"], [data-testid="stText"] *) {
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
[class*="st-key-service"] [data-testid="stPageLink"] a { padding: 0; min-height: 0; }
[class*="st-key-service-"] [data-testid="stImage"] img { display: block; }
[class*="st-key-more-items"] p { font-size: .8125rem; }
[class*="st-key-unknown-line"] { flex-wrap: nowrap; }
[class*="st-key-unknown-line"] [data-testid="stMarkdown"] { white-space: nowrap; }
.stMainBlockContainer:has(.st-key-overview) { padding-bottom: .5rem; }
@media (min-width: 641px) {
  .stMainBlockContainer:has(.st-key-overview) { padding-top: 2.9rem; }
  [class*="st-key-more-items"] > * { display: flex; }
  [class*="st-key-more-items"] :is(button, p) { padding: 0; min-height: 0; height: 1.1rem; line-height: 1.1rem; }
}
[class*="st-key-overview"] { margin-top: -.6rem; }
[class*="st-key-overview"] [data-testid="stColumn"] > [data-testid="stVerticalBlock"] { gap: .5rem; }
[class*="st-key-overview"] [data-testid="stMetricValue"] { font-size: 1.7rem; }
[class*="st-key-item-"] [data-testid="stText"] { font-size: .9375rem; line-height: 1.35; }
[class*="st-key-item-foot"] [data-testid="stText"] { font-size: .8125rem; }
[class*="st-key-item-"] { border-left: 3px solid rgba(123, 132, 144, .5); padding-left: .9rem; }
[class*="st-key-item-now"] { border-left-color: #d55e00; }
[class*="st-key-item-foot"] { border-left: none; padding-left: 0; }
[class*="st-key-note-nobody"] [data-testid="stText"] { opacity: 1; }
[class*="st-key-item-now"] [class*="st-key-note-"] [data-testid="stText"] { font-weight: 600; opacity: 1; }
[class*="st-key-note-data"] [data-testid="stText"] { font-weight: 600; opacity: 1; }
[class*="st-key-item-foot"] :is(a, button) { font-size: .8125rem; padding: 0; min-height: 1.4rem; }
[class*="st-key-item-foot"] > [data-testid="stLayoutWrapper"]:not(:first-child) { flex: 0 0 fit-content; }
@media (max-width: 640px) {
  [class*="st-key-item-foot"] > :first-child { flex-basis: 100%; }
  [class*="st-key-sentence"] { min-height: 3.9rem; }
  [class*="st-key-scope"] > [data-testid="stGridCell"]:last-child:nth-child(odd) { grid-column: 1 / -1; }
  [class*="st-key-marked"] { display: none; }
  [class*="st-key-foundation"] > :first-child { min-width: 100%; }
  [class*="st-key-services-head"] { display: none; }
  .st-key-services-meanings { display: flex; padding-bottom: .5rem; }
  .st-key-services-meanings [data-testid="stText"] { font-size: .875rem; }
  [class*="st-key-service-"] {
    grid-template-columns: repeat(3, 1fr); grid-template-rows: none; grid-auto-flow: dense; column-gap: .5rem;
    padding: .35rem 0; }
  [class*="st-key-service-"] > :nth-child(-n+3) { grid-column: 1 / -1; }
  [class*="st-key-service-"] > :is(:nth-child(4), :nth-child(9), :nth-child(10)) { grid-column: 1; }
  [class*="st-key-service-"] > :is(:nth-child(5), :nth-child(6), :nth-child(11)) { grid-column: 2; }
  [class*="st-key-service-"] > :is(:nth-child(7), :nth-child(8), :nth-child(12)) { grid-column: 3; }
  [class*="st-key-service-"] > :is(:nth-child(13), :nth-child(14)) { grid-area: 7 / 1; }
  [class*="st-key-service-"] > :nth-child(15) { grid-area: 7 / 2 / auto / span 2; }
  [class*="st-key-service-"] > :is(:nth-child(11), :nth-child(12)) [style*="font-size"] { margin: 0 0 .4rem; }
  [class*="st-key-service-"] > *::before { display: block; font-size: .75rem; line-height: 1.3; padding-top: .35rem;
    opacity: .78; }
  [class*="st-key-service-"] a :is(span, p) { white-space: normal; font-size: .8125rem; line-height: 1.35; }
  [class*="st-key-service-"] img { margin-top: .2rem; }
  [class*="st-key-service-"] > :nth-child(4)::before { content: "Covered"; }
  [class*="st-key-service-"] > :nth-child(5)::before { content: "Right alarms"; }
  [class*="st-key-service-"] > :nth-child(7)::before { content: "Caught in drills"; }
  [class*="st-key-service-"] > :nth-child(9)::before { content: "Caught, real traffic"; }
  [class*="st-key-service-"] > :nth-child(11)::before { content: "False alarms a day"; }
  [class*="st-key-service-"] > :nth-child(12)::before { content: "Checked a day"; }
  [class*="st-key-service-"] > :nth-child(13)::before { content: "Alarms, 90 days"; }
  [class*="st-key-service-"] > :nth-child(15)::before { content: "What is measured"; padding-top: .7rem; }
  [data-testid="stLayoutWrapper"]:has(> [class*="st-key-note-as-of"]) { flex: 1 0 100%; }
}
</style>
"""


def apply() -> None:
    """Put the stylesheet into the page."""
    # A picture follows from light to dark at once: the server, which chose the colour, is not asked again.
    texts = f".js-plotly-plot text:is({_DRAWN}) {{ fill: currentColor !important; }}"
    st.html(CSS.replace("</style>", f"{texts}\n</style>"))
