"""The addresses of what other sites show, beside the pages that they are of."""

from django.urls import path

from tracker.web.sharing import badge, cards, citing, embed, oembed

urlpatterns = [
    path("card.png", cards.site, name="card"),
    path("labs/<slug:slug>/badge.svg", badge.lab, name="lab-badge"),
    path("labs/<slug:slug>/card.png", cards.lab, name="lab-card"),
    path("commitments/<slug:slug>/badge.svg", badge.commitment, name="badge"),
    path("commitments/<slug:slug>/card.png", cards.commitment, name="commitment-card"),
    path("commitments/<slug:slug>/embed/", embed.commitment, name="embed"),
    path("assessments/<slug:slug>/card.png", cards.assessment, name="assessment-card"),
    path("assessments/<slug:slug>/cite.bib", citing.bibtex, name="cite-bibtex"),
    path("assessments/<slug:slug>/cite.json", citing.csl, name="cite-csl"),
    path("oembed", oembed.oembed, name="oembed"),
]
