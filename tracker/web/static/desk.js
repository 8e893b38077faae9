// Ask before an edited form is left. Without this file the forms work as they are.
"use strict";

window.addEventListener("load", () => {
    const form = document.querySelector("body.change-form #content-main > form");
    if (!form) {
        return;
    }
    // A form that was refused holds words that are saved nowhere.
    let edited = form.querySelector(".errornote") !== null;
    const edit = () => {
        edited = true;
    };
    form.addEventListener("input", edit);
    form.addEventListener("change", edit);
    document.addEventListener("formset:added", edit);
    document.addEventListener("formset:removed", edit);
    if (window.django && window.django.jQuery) {
        window.django.jQuery(form).on("change", edit); // select2 tells nobody else
    }
    form.addEventListener("submit", () => {
        edited = false;
    });
    window.addEventListener("beforeunload", (event) => {
        if (edited) {
            event.preventDefault();
        }
    });
});
