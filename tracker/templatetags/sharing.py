"""What a page says of itself, for other sites."""

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockNode
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def again(context: template.Context, name: str) -> SafeString:
    """What the block of this name says, once more: a title stands in the tab and in a preview.

    For the base template alone; what it includes knows no blocks.
    """
    block: BlockNode = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return mark_safe(" ".join(block.render(context).split()))  # noqa: S308 - it escaped itself
