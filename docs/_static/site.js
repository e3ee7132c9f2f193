"use strict";
// What the theme leaves to be desired without a mouse: what scrolls can be reached by keys, and two landmarks have names.
addEventListener("load", () => {
  const name = (selector, label) => document.querySelector(selector)?.setAttribute("aria-label", label);
  name(".sidebar-drawer", "Pages of the site");
  name(".toc-drawer", "Sections of this page");
  const reach = () => {
    for (const each of document.querySelectorAll("pre, .table-wrapper, div.math, mjx-container"))
      if (each.scrollWidth > each.clientWidth && getComputedStyle(each).overflowX !== "visible") each.tabIndex = 0;
      else if (each.tabIndex === 0) each.removeAttribute("tabindex");
  };
  reach();
  addEventListener("resize", reach);
  window.MathJax?.startup?.promise.then(reach);
});
