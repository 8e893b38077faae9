<?xml version="1.0" encoding="utf-8"?>{% load static %}
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:atom="http://www.w3.org/2005/Atom" exclude-result-prefixes="atom">
<xsl:output method="html" encoding="utf-8" doctype-system="about:legacy-compat"/>

<xsl:template match="/atom:feed">
<xsl:call-template name="page">
<xsl:with-param name="title" select="atom:title"/>
<xsl:with-param name="about" select="atom:subtitle"/>
<xsl:with-param name="home" select="atom:link[@rel='alternate']/@href"/>
<xsl:with-param name="self" select="atom:link[@rel='self']/@href"/>
<xsl:with-param name="before" select="atom:link[@rel='prev-archive']/@href"/>
<xsl:with-param name="current" select="atom:link[@rel='current']/@href"/>
</xsl:call-template>
</xsl:template>

<xsl:template match="/rss">
<xsl:call-template name="page">
<xsl:with-param name="title" select="channel/title"/>
<xsl:with-param name="about" select="channel/description"/>
<xsl:with-param name="home" select="channel/link"/>
<xsl:with-param name="self" select="channel/atom:link[@rel='self']/@href"/>
<xsl:with-param name="before" select="channel/atom:link[@rel='prev-archive']/@href"/>
<xsl:with-param name="current" select="channel/atom:link[@rel='current']/@href"/>
</xsl:call-template>
</xsl:template>

<xsl:template name="page">
<xsl:param name="title"/><xsl:param name="about"/><xsl:param name="home"/><xsl:param name="self"/><xsl:param name="before"/><xsl:param name="current"/>
<html lang="en">
<head>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title><xsl:value-of select="$title"/></title>
<link rel="icon" href="{% static 'favicon.svg' %}" type="image/svg+xml"/>
<link rel="stylesheet" href="{% static 'site.css' %}"/>
</head>
<body>
<header class="masthead"><div class="wide"><p class="name"><a href="{% url 'home' %}">{{ site_name }}</a></p></div></header>
<main id="main"><div class="wide">
<h1><xsl:value-of select="$title"/></h1>
<p class="lead"><xsl:value-of select="$about"/></p>
<p class="warn">This is a feed, to be followed with a feed reader. Copy this address into yours, and what changes comes to you: <b><xsl:value-of select="$self"/></b></p>
<p class="on">The same as <a href="{$home}">a page</a><xsl:if test="$current">; <a href="{$current}">the newest entries of this feed</a></xsl:if>. <a href="{% url 'feeds' %}">Every feed of this record</a>, as a list that feed readers import.</p>
<ol class="changes whole">
<xsl:apply-templates select="atom:entry | channel/item"/>
</ol>
<xsl:if test="$before"><nav class="pages" aria-label="Archives"><a rel="prev" href="{$before}">Earlier entries</a></nav></xsl:if>
</div></main>
</body>
</html>
</xsl:template>

<xsl:template match="atom:entry">
<li>
<p class="when"><xsl:value-of select="substring(atom:updated, 1, 10)"/>, <xsl:value-of select="substring(atom:updated, 12, 5)"/> UTC</p>
<p><a href="{% templatetag openbrace %}atom:link[@rel='alternate']/@href{% templatetag closebrace %}"><xsl:value-of select="atom:title"/></a></p>
<xsl:if test="atom:summary != atom:title"><p class="reason"><xsl:value-of select="atom:summary"/></p></xsl:if>
</li>
</xsl:template>

<xsl:template match="item">
<li>
<p class="when"><xsl:value-of select="pubDate"/></p>
<p><a href="{link}"><xsl:value-of select="title"/></a></p>
</li>
</xsl:template>
</xsl:stylesheet>
